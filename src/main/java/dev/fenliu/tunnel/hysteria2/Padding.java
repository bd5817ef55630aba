package dev.fenliu.tunnel.hysteria2;

import java.util.concurrent.ThreadLocalRandom;

/** What hides the lengths of messages: letters and digits, as many as chance decides. What came is ignored. */
final class Padding {
    private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /** The most bytes of padding that are taken. */
    static final int MOST = 4096;

    private Padding() {}

    /** Between {@code least} and {@code most} characters, the latter not included. */
    static String random(int least, int most) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(least, most); left > 0; left--) {
            text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return text.toString();
    }
}

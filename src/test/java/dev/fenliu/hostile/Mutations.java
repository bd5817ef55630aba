package dev.fenliu.hostile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is made from a message that is in order. */
public final class Mutations {
    private static final int[] FLIPS = {0x01, 0x80, 0xff};

    private Mutations() {}

    /** Every beginning of the message but the whole, the empty one first. */
    public static List<byte[]> truncations(byte[] message) {
        List<byte[]> all = new ArrayList<>();
        for (int length = 0; length < message.length; length++) {
            all.add(Arrays.copyOf(message, length));
        }
        return all;
    }

    /** The message with one byte changed: each byte in three ways. */
    public static List<byte[]> flips(byte[] message) {
        List<byte[]> all = new ArrayList<>();
        for (int at = 0; at < message.length; at++) {
            all.addAll(flips(message, at));
        }
        return all;
    }

    /** The message with that one byte changed in three ways. */
    public static List<byte[]> flips(byte[] message, int at) {
        List<byte[]> all = new ArrayList<>();
        for (int flip : FLIPS) {
            byte[] changed = message.clone();
            changed[at] ^= (byte) flip;
            all.add(changed);
        }
        return all;
    }
}

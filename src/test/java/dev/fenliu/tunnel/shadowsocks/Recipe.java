package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.Bytes;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes sealed bytes, in order or not, out of what the tables {@code resources/hostile/shadowsocks*.txt} say. */
final class Recipe {
    private static final Pattern PIECE = Pattern.compile("\\s*([a-z]*)(?::(-?\\w+))?(?:\\[([^]]*)])?");

    private final Method method;
    private final String password;
    private final boolean packets;
    private MasterKey key;
    private boolean salted = true;
    private AeadCipher cipher;
    private byte[] all = {};
    private byte[] last = {};

    private Recipe(Method method, String password, boolean packets) {
        this.method = method;
        this.password = password;
        this.packets = packets;
        this.key = key(method, password);
    }

    static MasterKey key(Method method, String password) {
        return MasterKey.of(method, new dev.fenliu.config.Secret(password));
    }

    static byte[] stream(Method method, String password, String text) {
        return new Recipe(method, password, false).make(text);
    }

    static byte[] datagram(Method method, String password, String text) {
        return new Recipe(method, password, true).make(text);
    }

    private byte[] make(String text) {
        Matcher pieces = PIECE.matcher(text);
        for (int at = 0; at < text.length(); at = pieces.end()) {
            if (!pieces.region(at, text.length()).lookingAt() || pieces.end() == at) {
                throw new AssertionError("no recipe: " + text.substring(at));
            }
            String bytes = pieces.group(3);
            add(pieces.group(1), pieces.group(2), bytes == null ? new byte[0] : Bytes.of(bytes));
        }
        start();
        return all;
    }

    private void add(String what, String value, byte[] bytes) {
        switch (what) {
            case "nosalt" -> salted = false;
            case "otherkey" -> key = key(method, password + "!");
            case "othermethod" ->
                key = key(method == Method.CHACHA20_POLY1305 ? Method.AES_256_GCM : Method.CHACHA20_POLY1305, password);
            case "" -> {
                byte[] length = {(byte) (bytes.length >> 8), (byte) bytes.length};
                append(packets ? seal(bytes) : join(seal(length), seal(bytes)));
            }
            case "len" -> append(seal(Bytes.of(value)));
            case "data" -> append(seal(bytes));
            case "lost" -> seal(bytes);
            case "raw" -> {
                start();
                append(bytes);
            }
            case "again" -> append(last);
            case "cut" -> all = Arrays.copyOf(all, all.length - Integer.parseInt(value));
            case "flip" -> {
                int at = Integer.parseInt(value);
                all[at < 0 ? all.length + at : at] ^= 0x10;
            }
            default -> throw new AssertionError(what);
        }
    }

    private void start() {
        if (cipher == null) {
            byte[] salt = key.newSalt();
            cipher = new AeadCipher(key, salt);
            all = salted ? salt : all;
        }
    }

    private byte[] seal(byte[] plain) {
        start();
        byte[] sealed = Arrays.copyOf(plain, plain.length + Method.TAG_BYTES);
        cipher.seal(sealed, 0, plain.length);
        return sealed;
    }

    private void append(byte[] bytes) {
        last = bytes;
        all = join(all, bytes);
    }

    private static byte[] join(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}

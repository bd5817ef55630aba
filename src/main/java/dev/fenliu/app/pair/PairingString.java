package dev.fenliu.app.pair;

import dev.fenliu.config.Secret;
import dev.fenliu.engine.UserFile;
import dev.fenliu.model.Destination;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is carried from the server's terminal to home, once: {@code fenliu://USER@HOST:PORT/BLOB}. The blob is the
 * base64url of: the version (1), the code (16 bytes), the SHA-256 of the server's public key (32 bytes) or nothing if an
 * authority vouches for the host, and the first 4 bytes of the SHA-256 of all that and what stands before it. Prints
 * without its secret.
 *
 * @param code of {@link #CODE} random bytes, base64url
 * @param pin as {@code pin:} of an outbound takes it
 */
public record PairingString(String user, Destination server, Secret code, Optional<String> pin) {
    private static final Pattern FORM =
            Pattern.compile("(?i:fenliu)://([^@/]{1,32})@([^@/]{1,300})/([A-Za-z0-9_-]{4,200})");

    private static final int VERSION = 1;
    private static final int CODE = 16;
    private static final int PIN = 32;
    private static final int CHECK = 4;

    /** A fresh code. */
    public static Secret newCode() {
        byte[] random = new byte[CODE];
        new SecureRandom().nextBytes(random);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    /**
     * Reads one; blanks and line ends within it, as terminals wrap, are passed over.
     *
     * @throws IllegalArgumentException if it is none, is damaged, or is of a newer version; the message says which and
     *     never holds the string
     */
    public static PairingString parse(String text) {
        String plain = text.replaceAll("\\s+", "");
        Matcher matcher = FORM.matcher(plain);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    plain.regionMatches(true, 0, "fenliu://", 0, 9)
                            ? "a part of the pairing string is missing: copy all of it, from fenliu:// to its end"
                            : "this is no pairing string: one begins with fenliu://, as `fenliu serve` prints it");
        }
        byte[] blob;
        try {
            blob = Base64.getUrlDecoder().decode(matcher.group(3));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the pairing string is damaged: copy it again", e);
        }
        if (blob[0] != VERSION) {
            throw new IllegalArgumentException(
                    "the pairing string is damaged, or of a newer Fenliu than this: copy it again, or bring both ends"
                            + " to the same version");
        }
        int length = blob.length - 1 - CODE - CHECK;
        String head = "fenliu" + plain.substring(6, matcher.start(3));
        if (length != 0 && length != PIN
                || !MessageDigest.isEqual(
                        check(head, Arrays.copyOf(blob, blob.length - CHECK)),
                        Arrays.copyOfRange(blob, blob.length - CHECK, blob.length))) {
            throw new IllegalArgumentException(
                    "the pairing string is damaged: a character is wrong or missing. Copy it again");
        }
        if (!UserFile.isName(matcher.group(1))) {
            throw new IllegalArgumentException("the pairing string has no proper name of a user");
        }
        return new PairingString(
                matcher.group(1),
                Destination.parse(matcher.group(2)),
                new Secret(
                        Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(blob, 1, 1 + CODE))),
                length == 0
                        ? Optional.empty()
                        : Optional.of(Base64.getEncoder()
                                .encodeToString(Arrays.copyOfRange(blob, 1 + CODE, 1 + CODE + PIN))));
    }

    /** All of it. A secret until it is used. */
    public Secret text() {
        byte[] code = Base64.getUrlDecoder().decode(this.code.value());
        byte[] hash = pin.map(text -> Base64.getDecoder().decode(text)).orElse(new byte[0]);
        byte[] body = ByteBuffer.allocate(1 + code.length + hash.length)
                .put((byte) VERSION)
                .put(code)
                .put(hash)
                .array();
        String head = "fenliu://" + user + "@" + server + "/";
        byte[] blob = ByteBuffer.allocate(body.length + CHECK)
                .put(body)
                .put(check(head, body))
                .array();
        return new Secret(head + Base64.getUrlEncoder().withoutPadding().encodeToString(blob));
    }

    private static byte[] check(String head, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(head.getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(digest.digest(body), CHECK);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The outbound of home that pairs: it logs in with the code. For memory alone, as the code stands in it. */
    public String pairingOutbound() {
        return outbound(UserFile.PAIRING + user, code.value());
    }

    /**
     * The outbound of home.
     *
     * @param secret the lasting key, or a reference to it
     */
    public String outbound(String secret) {
        return outbound(user, secret);
    }

    /** The one place that knows what the two ends speak. */
    private String outbound(String login, String secret) {
        return "{type: https2, server: \"" + server + "\", username: \"" + login + "\", password: \"" + secret + "\""
                + pin.map(hash -> ", pin: \"" + hash + "\"").orElse("") + "}";
    }

    @Override
    public String toString() {
        return "pairing string of " + user + " at " + server; // never the code
    }
}

package dev.fenliu.model;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The hardware address of a device of 48 bits (EUI-48).
 *
 * @param value {@code aa:bb:cc:dd:ee:ff}, in lower case
 */
public record Mac(String value) {
    private static final Pattern WRITTEN = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}|[0-9a-f]{2}(-[0-9a-f]{2}){5}");

    /**
     * Reads six pairs of hexadecimal digits with colons or with hyphens between them, in upper or lower case.
     *
     * @throws IllegalArgumentException for anything else; the message holds the offending text
     */
    public static Mac parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!WRITTEN.matcher(lower).matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a MAC address");
        }
        return new Mac(lower.replace('-', ':'));
    }

    /** The address that six bytes from {@code at} on are. */
    public static Mac of(byte[] bytes, int at) {
        StringBuilder out = new StringBuilder(17);
        for (int i = at; i < at + 6; i++) {
            out.append(i > at ? ":" : "")
                    .append(Character.forDigit(bytes[i] >> 4 & 15, 16))
                    .append(Character.forDigit(bytes[i] & 15, 16));
        }
        return new Mac(out.toString());
    }

    @Override
    public String toString() {
        return value;
    }
}

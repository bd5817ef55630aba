package dev.fenliu.model;

import java.text.Normalizer;

/**
 * Host names in one form. Follows UTS 46 (non-transitional processing, as browsers do) with the JDK's Unicode tables,
 * RFC 3492 (Punycode) and RFC 1035 lengths; {@code _} is allowed because real names use it.
 */
final class HostNames {
    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;

    private HostNames() {}

    /** @throws IllegalArgumentException if {@code text} cannot be a host name */
    static String normalise(String text) {
        String ascii = isPlain(text) ? text : encode(text);
        if (ascii.endsWith(".")) {
            ascii = ascii.substring(0, ascii.length() - 1);
        }
        if (ascii.isEmpty() || ascii.length() > MAX_NAME) {
            throw refusal(text, ascii.isEmpty() ? "is empty" : "is longer than " + MAX_NAME + " characters");
        }
        int label = 0;
        boolean digits = true;
        for (int i = 0; i <= ascii.length(); i++) {
            char c = i < ascii.length() ? ascii.charAt(i) : '.';
            if (c == '.') {
                if (label == 0 || label > MAX_LABEL) {
                    throw refusal(text, label == 0 ? "has an empty label" : "has a label of over 63 characters");
                }
                if (i < ascii.length()) {
                    digits = true;
                }
                label = 0;
            } else if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
                label++;
                digits &= c >= '0' && c <= '9';
            } else {
                throw refusal(text, "has a character that host names cannot have");
            }
        }
        if (digits || looksHex(ascii)) { // 1.2.3, 0x7f.1, 127.1: some resolvers read these as addresses
            throw refusal(text, "is neither a name nor an address of four decimal parts");
        }
        return ascii;
    }

    private static boolean looksHex(String ascii) {
        String last = ascii.substring(ascii.lastIndexOf('.') + 1);
        return last.startsWith("0x") && last.chars().skip(2).allMatch(c -> Character.digit(c, 16) >= 0);
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80 || c >= 'A' && c <= 'Z') {
                return false;
            }
        }
        return true;
    }

    /** Maps (case fold, NFKC, ignored code points, the other full stops), then Punycode for each label that needs it. */
    private static String encode(String text) {
        StringBuilder mapped = new StringBuilder();
        Normalizer.normalize(fold(Normalizer.normalize(text, Normalizer.Form.NFKC)), Normalizer.Form.NFKC)
                .codePoints()
                .forEach(c -> {
                    if (c == 0x3002 || c == 0xff0e || c == 0xff61) {
                        mapped.append('.');
                    } else if (!isIgnored(c)) {
                        mapped.appendCodePoint(c);
                    }
                });
        StringBuilder out = new StringBuilder();
        String[] labels = mapped.toString().split("\\.", -1);
        for (int i = 0; i < labels.length; i++) {
            if (i > 0) {
                out.append('.');
            }
            String label = labels[i];
            if (label.chars().allMatch(c -> c < 0x80)) {
                out.append(label);
            } else {
                if (Character.getType(label.codePointAt(0)) == Character.NON_SPACING_MARK
                        || !label.codePoints().allMatch(HostNames::isAllowed)) {
                    throw refusal(text, "has a character that host names cannot have");
                }
                out.append("xn--").append(punycode(label));
            }
            if (out.length() > 4 * MAX_NAME) {
                throw refusal(text, "is longer than " + MAX_NAME + " characters");
            }
        }
        return out.toString();
    }

    private static String fold(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(Character.toLowerCase(c)));
        return out.toString();
    }

    /** Mapped to nothing by UTS 46: soft hyphen, joiners of no meaning in names, variation selectors. */
    private static boolean isIgnored(int c) {
        return c == 0xad
                || c == 0x34f
                || c >= 0x180b && c <= 0x180d
                || c == 0x200b
                || c == 0x2060
                || c == 0x2064
                || c >= 0xfe00 && c <= 0xfe0f
                || c == 0xfeff;
    }

    private static boolean isAllowed(int c) {
        if (c < 0x80) {
            return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_';
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.FORMAT -> c == 0x200c || c == 0x200d;
            case Character.OTHER_SYMBOL -> c != 0xfffd; // what undecodable bytes become
            default -> true;
        };
    }

    /** RFC 3492 section 6.3. */
    private static String punycode(String label) {
        int[] points = label.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        for (int p : points) {
            if (p < 0x80) {
                out.append((char) p);
            }
        }
        int basic = out.length();
        int handled = basic;
        if (basic > 0) {
            out.append('-');
        }
        int n = 0x80;
        int delta = 0;
        int bias = 72;
        while (handled < points.length) {
            int next = Integer.MAX_VALUE;
            for (int p : points) {
                if (p >= n && p < next) {
                    next = p;
                }
            }
            delta += (next - n) * (handled + 1);
            n = next;
            for (int p : points) {
                if (p < n) {
                    delta++;
                } else if (p == n) {
                    int q = delta;
                    for (int k = 36; ; k += 36) {
                        int t = Math.max(1, Math.min(26, k - bias));
                        if (q < t) {
                            break;
                        }
                        out.append(digit(t + (q - t) % (36 - t)));
                        q = (q - t) / (36 - t);
                    }
                    out.append(digit(q));
                    bias = adapt(delta, handled + 1, handled == basic);
                    delta = 0;
                    handled++;
                }
            }
            delta++;
            n++;
        }
        return out.toString();
    }

    private static int adapt(int delta, int count, boolean first) {
        int d = first ? delta / 700 : delta / 2;
        d += d / count;
        int k = 0;
        for (; d > 455; k += 36) {
            d /= 35;
        }
        return k + 36 * d / (d + 38);
    }

    private static char digit(int value) {
        return (char) (value < 26 ? 'a' + value : '0' + value - 26);
    }

    private static IllegalArgumentException refusal(String text, String why) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(80).forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append(String.format("\\x%02x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return new IllegalArgumentException("host \"" + shown + "\" " + why);
    }
}

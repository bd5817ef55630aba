package dev.fenliu.route.list;

import dev.fenliu.model.Host;
import java.util.Locale;

/** An entry in the one form that everything compares. */
record Entry(EntryKind kind, String value) {
    private static final int MAX_LINE = 1 << 16;

    /**
     * Normalises a value; an address where a name is expected becomes a network of one address.
     *
     * @throws IllegalArgumentException with a message for users
     */
    static Entry of(EntryKind kind, String text) {
        if (text.indexOf('\ufffd') >= 0) {
            throw new IllegalArgumentException("not UTF-8");
        }
        return switch (kind) {
            case DOMAIN, DOMAIN_SUFFIX, DOMAIN_BELOW, DOMAIN_CHILD -> host(kind, text);
            case DOMAIN_KEYWORD -> new Entry(kind, pattern(text, ""));
            case DOMAIN_WILDCARD -> wildcard(text);
            case DOMAIN_REGEX -> {
                DomainRegex.compile(text);
                yield new Entry(kind, text);
            }
            case IP_CIDR, IP_CIDR_KNOWN -> new Entry(kind, network(text).toString());
            case CLASH_LINE -> {
                if (text.length() > MAX_LINE) {
                    throw new IllegalArgumentException("a rule of " + text.length() + " characters is too long");
                }
                yield new Entry(kind, text);
            }
        };
    }

    private static Entry host(EntryKind kind, String text) {
        Host host = Host.parse(text);
        if (host instanceof Host.Name name) {
            return new Entry(kind, name.value());
        }
        if (kind == EntryKind.DOMAIN_BELOW || kind == EntryKind.DOMAIN_CHILD) {
            throw new IllegalArgumentException("\"" + text + "\" is an address, which has no names below it");
        }
        return new Entry(EntryKind.IP_CIDR, network(text).toString());
    }

    private static Cidr network(String text) {
        Cidr cidr = Cidr.parse(text);
        if (cidr == null) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no network (expected: 10.0.0.0/8 or 2001:db8::/32)");
        }
        return cidr;
    }

    /** A leading {@code *.} before a plain name is what DOMAIN_BELOW says, and far quicker to find. */
    private static Entry wildcard(String text) {
        String ascii = text;
        if (!isAscii(text)) {
            String[] labels = text.split("\\.", -1);
            for (int i = 0; i < labels.length; i++) {
                labels[i] = isAscii(labels[i]) ? labels[i] : label(labels[i]);
            }
            ascii = String.join(".", labels);
        }
        String pattern = pattern(ascii, "*?");
        if (pattern.startsWith("*.") && pattern.indexOf('*', 1) < 0 && pattern.indexOf('?') < 0) {
            return of(EntryKind.DOMAIN_BELOW, pattern.substring(2));
        }
        return new Entry(EntryKind.DOMAIN_WILDCARD, pattern);
    }

    /** One label of a name; digits alone, which are no host, may be part of one. */
    static String label(String text) {
        String name = Host.parse(text + ".example").toString();
        return name.substring(0, name.indexOf('.'));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static String pattern(String text, String more) {
        String lower = text.toLowerCase(Locale.ROOT);
        boolean possible = !lower.isEmpty() && lower.length() <= 253;
        for (int i = 0; possible && i < lower.length(); i++) {
            char c = lower.charAt(i);
            possible = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "-_.".indexOf(c) >= 0 || more.indexOf(c) >= 0;
        }
        if (!possible) {
            throw new IllegalArgumentException("\"" + text + "\" can be in no host name, which are compared in ASCII");
        }
        return lower;
    }
}

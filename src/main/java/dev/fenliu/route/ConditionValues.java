package dev.fenliu.route;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.route.list.Cidr;
import dev.fenliu.route.list.DomainRegex;
import java.util.Locale;

/** Reads and normalises the values of conditions, the same for our keys, for Clash lines and for lists. */
final class ConditionValues {
    private ConditionValues() {}

    /** A whole host name. */
    static String name(String text) throws RuleSyntaxException {
        if ((text.indexOf('*') >= 0 || text.indexOf('?') >= 0) && text.indexOf('/') < 0) {
            throw new RuleSyntaxException("\"" + text + "\" is not one host name", "use domain-wildcard for * and ?");
        }
        return host(text);
    }

    /** A name that stands for itself and all below it. */
    static String suffix(String text) throws RuleSyntaxException {
        String bare = text;
        while (bare.startsWith(".") || bare.startsWith("*.") || bare.startsWith("+.")) {
            bare = bare.substring(bare.indexOf('.') + 1);
        }
        if (!bare.equals(text)) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" starts with " + text.substring(0, text.length() - bare.length()),
                    "write \"" + bare + "\": it means the name itself and all names below it");
        }
        return name(text);
    }

    private static String host(String text) throws RuleSyntaxException {
        Host host;
        try {
            host = Host.parse(text);
        } catch (IllegalArgumentException e) {
            boolean url = text.indexOf('/') >= 0 || text.indexOf(':') >= 0;
            throw new RuleSyntaxException(
                    String.valueOf(e.getMessage()), url ? "write the name alone, without scheme, port or path" : null);
        }
        if (host instanceof Host.Name name) {
            return name.value();
        }
        throw new RuleSyntaxException("\"" + text + "\" is an address, not a name", "use ip-cidr for addresses");
    }

    /** A part of names. */
    static String keyword(String text) throws RuleSyntaxException {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!hasOnly(lower, "")) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" has a character that host names never have",
                    "names are compared in ASCII; write a whole international name with domain or domain-suffix");
        }
        return lower;
    }

    /** A pattern for whole names; labels of other scripts are turned into ASCII. */
    static String wildcard(String text) throws RuleSyntaxException {
        StringBuilder out = new StringBuilder();
        for (String label : text.toLowerCase(Locale.ROOT).split("\\.", -1)) {
            boolean foreign = label.chars().anyMatch(c -> c >= 0x80);
            out.append(out.isEmpty() ? "" : ".").append(foreign ? host(label) : label);
        }
        String pattern = out.toString();
        if (pattern.isEmpty() || pattern.startsWith(".") || !hasOnly(pattern, "*?")) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" can match no host name", "write names with * (any run) and ? (one character)");
        }
        return pattern;
    }

    private static boolean hasOnly(String text, String more) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c -> c >= 'a' && c <= 'z'
                                || c >= '0' && c <= '9'
                                || c == '-'
                                || c == '_'
                                || c == '.'
                                || more.indexOf(c) >= 0);
    }

    /** A regular expression, kept letter for letter. */
    static String regex(String text) throws RuleSyntaxException {
        try {
            DomainRegex.compile(text);
        } catch (IllegalArgumentException e) {
            throw new RuleSyntaxException(String.valueOf(e.getMessage()), null);
        }
        return text;
    }

    /** A network or a single address. */
    static Cidr network(String text) throws RuleSyntaxException {
        Cidr network = Cidr.parse(text);
        if (network == null) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" is no network", "write an address or address/prefix: 10.0.0.0/8, 2001:db8::/32");
        }
        return network;
    }

    /** What {@code network} means when the text has bits behind its prefix, else null. */
    static boolean hasHostBits(String text, Cidr network) {
        int slash = text.indexOf('/');
        return slash >= 0 && !network.network().equals(Addresses.parse(text.substring(0, slash)));
    }

    static PortRange ports(String text) throws RuleSyntaxException {
        try {
            return PortRange.parse(text);
        } catch (IllegalArgumentException e) {
            throw new RuleSyntaxException(
                    String.valueOf(e.getMessage()), "write 443 or 1000-2000, or a list: [80, 443]");
        }
    }

    /** The name of a program's file. */
    static String process(String text) throws RuleSyntaxException {
        String name = text.substring(text.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.length() < text.length()) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" is not the name of a program's file",
                    name.isEmpty() ? null : "write \"" + name + "\", without the folders");
        }
        return text;
    }

    /** The MAC address of a device. */
    static String mac(String text) throws RuleSyntaxException {
        try {
            return Mac.parse(text).value();
        } catch (IllegalArgumentException e) {
            throw new RuleSyntaxException(
                    String.valueOf(e.getMessage()), "write six pairs of digits: 00:11:22:aa:bb:cc");
        }
    }

    /** The name of a device: a single label. */
    static String deviceName(String text) throws RuleSyntaxException {
        if (Addresses.parse(text) != null) {
            throw new RuleSyntaxException("\"" + text + "\" is an address, not a name", "use source for addresses");
        }
        String name = host(text);
        if (name.indexOf('.') >= 0) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" is not the name of a device",
                    "write \"" + name.substring(0, name.indexOf('.')) + "\", without the domain");
        }
        return name;
    }

    /** A country's code, in upper case. */
    static String country(String text) throws RuleSyntaxException {
        if (!text.matches("[A-Za-z]{2}")) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" is not a country's code", "write two letters as in ISO 3166-1: CN, US, DE");
        }
        return text.toUpperCase(Locale.ROOT);
    }

    /** An autonomous system, with or without {@code AS} before its number. */
    static Long asn(String text) throws RuleSyntaxException {
        String digits = text.regionMatches(true, 0, "AS", 0, 2) ? text.substring(2) : text;
        long number = digits.matches("[0-9]{1,10}") ? Long.parseLong(digits) : 0;
        if (number < 1 || number > 0xffff_ffffL) {
            throw new RuleSyntaxException(
                    "\"" + text + "\" is not the number of an autonomous system", "write 13335 or AS13335");
        }
        return number;
    }
}

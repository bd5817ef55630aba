package dev.fenliu.route.list;

import java.util.Locale;
import java.util.Set;

/**
 * Rules without target, as the classical lists of Clash, Surge, Loon, Shadowrocket and Quantumult X write them:
 * {@code TYPE,value[,option…]}. A third column that is no option (a policy, in Quantumult X) is ignored, as those
 * programs do for lists.
 */
final class ClassicalLine implements LineSyntax {
    /** Types that are told as they stand; whether they can be asked for is not decided here. */
    private static final Set<String> CONDITIONS = Set.of(
            ("AND OR NOT NETWORK PROTOCOL DST-PORT DEST-PORT SRC-PORT IN-PORT IN-TYPE IN-USER IN-NAME SRC-IP-CIDR SRC-IP"
                            + " SRC-IP-SUFFIX SRC-IP-ASN SRC-GEOIP IP-SUFFIX IP-ASN GEOIP GEOSITE PROCESS-NAME"
                            + " PROCESS-NAME-REGEX PROCESS-NAME-WILDCARD PROCESS-PATH PROCESS-PATH-REGEX"
                            + " PROCESS-PATH-WILDCARD UID DSCP SUBNET")
                    .split(" ", -1));

    @Override
    public void read(String line, int number, Entries out) {
        String text = line.stripLeading();
        if (!text.isEmpty() && !isComment(text)) {
            rule(text, number, out);
        }
    }

    static boolean isComment(String text) {
        return text.startsWith("#") || text.startsWith("//") || text.startsWith(";") || text.startsWith("!");
    }

    /** Whether the text looks like a rule, right or wrong. */
    static boolean isRule(String text) {
        int comma = text.indexOf(',');
        return comma > 0 && isType(text.substring(0, comma).strip());
    }

    private static boolean isType(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            if (!letter && (i == 0 || c != '-' && (c < '0' || c > '9'))) {
                return false;
            }
        }
        return !word.isEmpty();
    }

    static void rule(String text, int number, Entries out) {
        int comma = text.indexOf(',');
        if (!isRule(text)) {
            out.bad(number, text, "not a rule (expected: TYPE,value)");
            return;
        }
        String type = text.substring(0, comma).strip().toUpperCase(Locale.ROOT);
        String rest = text.substring(comma + 1);
        String body = withoutComment(rest);
        switch (type) {
            case "DOMAIN", "HOST" -> out.add(EntryKind.DOMAIN, field(body), number);
            case "DOMAIN-SUFFIX", "HOST-SUFFIX" -> out.add(EntryKind.DOMAIN_SUFFIX, suffix(field(body)), number);
            case "DOMAIN-KEYWORD", "HOST-KEYWORD" -> out.add(EntryKind.DOMAIN_KEYWORD, field(body), number);
            case "DOMAIN-WILDCARD", "HOST-WILDCARD" -> out.add(EntryKind.DOMAIN_WILDCARD, field(body), number);
            case "DOMAIN-REGEX" -> out.add(EntryKind.DOMAIN_REGEX, rest, number); // blanks and commas belong to it
            case "IP-CIDR", "IP-CIDR6", "IP6-CIDR" -> network(body, number, out);
            case "MATCH", "FINAL", "RULE-SET", "SUB-RULE", "DOMAIN-SET" ->
                out.bad(number, text, "a list cannot hold " + type);
            case "URL-REGEX", "USER-AGENT" ->
                out.bad(number, text, type + " needs the text of the request, which TLS hides");
            default -> {
                if (CONDITIONS.contains(type)) {
                    out.add(EntryKind.CLASH_LINE, type + "," + (type.endsWith("-REGEX") ? rest : body), number);
                } else {
                    out.bad(number, text, "rules of type " + type + " are not known here");
                }
            }
        }
    }

    private static void network(String body, int number, Entries out) {
        String value = field(body);
        boolean known = false;
        for (String option : body.split(",", -1)) {
            known |= option.strip().equalsIgnoreCase("no-resolve");
            if (option.strip().equalsIgnoreCase("src")) {
                Cidr cidr = Cidr.parse(value);
                if (cidr == null) {
                    out.bad(number, body, "\"" + value + "\" is no network");
                } else {
                    out.add(EntryKind.CLASH_LINE, "SRC-IP-CIDR," + cidr, number);
                }
                return;
            }
        }
        out.add(known ? EntryKind.IP_CIDR_KNOWN : EntryKind.IP_CIDR, value, number);
    }

    private static String field(String body) {
        int comma = body.indexOf(',');
        return (comma < 0 ? body : body.substring(0, comma)).strip();
    }

    private static String suffix(String name) {
        return name.startsWith(".") ? name.substring(1) : name;
    }

    /** Cuts a comment, which starts after a blank. */
    static String withoutComment(String text) {
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean starts = c == '#' || c == ';' || c == '/' && text.startsWith("//", i);
            if (starts && Character.isWhitespace(text.charAt(i - 1))) {
                return text.substring(0, i).strip();
            }
        }
        return text.strip();
    }
}

package dev.fenliu.route.list;

/**
 * A line of v2fly's sources: {@code domain:} (which may be left out), {@code full:}, {@code keyword:}, {@code regexp:};
 * attributes ({@code @ads}) and affiliations ({@code &list}) may follow and do not matter.
 */
final class V2flyLine implements LineSyntax {
    private static final String[] PREFIXES = {"domain:", "full:", "keyword:", "regexp:", "include:"};

    @Override
    public void read(String line, int number, Entries out) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
            return;
        }
        String[] words = text.split("[ \t]+", -1);
        for (int i = 1; i < words.length; i++) {
            if (!words[i].startsWith("@") && !words[i].startsWith("&")) {
                out.bad(number, text, "\"" + words[i] + "\" is no attribute (expected: @name)");
                return;
            }
        }
        String rule = words[0];
        int colon = rule.indexOf(':');
        String value = rule.substring(colon + 1);
        switch (colon < 0 ? "domain" : rule.substring(0, colon)) {
            case "domain" -> out.add(EntryKind.DOMAIN_SUFFIX, value, number);
            case "full" -> out.add(EntryKind.DOMAIN, value, number);
            case "keyword" -> out.add(EntryKind.DOMAIN_KEYWORD, value, number);
            case "regexp" -> out.add(EntryKind.DOMAIN_REGEX, value, number);
            case "include" ->
                out.bad(number, text, "include: names another file; take geosite.dat, which holds the finished lists");
            default -> out.bad(number, text, "unknown type (expected: domain:, full:, keyword: or regexp:)");
        }
    }

    /** Whether only v2fly writes such lines. */
    static boolean isTypical(String text) {
        for (String prefix : PREFIXES) {
            if (text.startsWith(prefix) && text.length() > prefix.length() && text.charAt(prefix.length()) != ' ') {
                return true;
            }
        }
        return text.contains(" @") || text.contains(" &");
    }
}

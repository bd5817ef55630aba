package dev.fenliu.route.list;

import java.util.Set;

/**
 * AdBlock rules as filters for DNS read them: {@code ||name^} is the name and all below, {@code |name^} the name,
 * {@code name} alone the name, {@code @@} an exception, {@code /…/} an expression. Rules about elements, paths, ports or
 * kinds of requests say nothing about a name and are left out.
 */
final class AdblockLine implements LineSyntax {
    private static final Set<String> HARMLESS = Set.of("important", "all", "document", "doc");
    private static final String[] COSMETIC = {"##", "#@#", "#?#", "#$#", "#%#", "#@?#", "#@$#", "$$"};

    @Override
    public void read(String line, int number, Entries out) {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("!") || text.startsWith("[") || isCosmetic(text)) {
            return;
        }
        if (text.startsWith("#")) {
            return;
        }
        int blank = text.indexOf(' ') < 0 ? text.indexOf('\t') : text.indexOf(' ');
        if (blank > 0 && Cidr.parse(text.substring(0, blank)) != null) {
            new HostsLine().read(text, number, out);
            return;
        }
        boolean except = text.startsWith("@@");
        String rule = except ? text.substring(2) : text;
        int slash = rule.startsWith("/") ? rule.lastIndexOf('/') : 0;
        int dollar = slash > 0 ? rule.indexOf('$', slash) : rule.lastIndexOf('$');
        String modifier = dollar < 0 ? null : unknownModifier(rule.substring(dollar + 1));
        if (modifier != null) {
            out.bad(number, text, "the modifier \"" + modifier + "\" is about requests, not names");
        } else if (slash > 0) {
            out.add(EntryKind.DOMAIN_REGEX, rule.substring(1, slash), except, number);
        } else {
            pattern(dollar < 0 ? rule : rule.substring(0, dollar), except, number, out);
        }
    }

    private static boolean isCosmetic(String text) {
        for (String mark : COSMETIC) {
            if (text.contains(mark)) {
                return true;
            }
        }
        return false;
    }

    private static @org.jspecify.annotations.Nullable String unknownModifier(String modifiers) {
        for (String modifier : modifiers.split(",", -1)) {
            if (!HARMLESS.contains(modifier.strip())) {
                return modifier.strip();
            }
        }
        return null;
    }

    private static void pattern(String text, boolean except, int number, Entries out) {
        HostPattern.Start start = text.startsWith("||")
                ? HostPattern.Start.LABEL
                : text.startsWith("|") ? HostPattern.Start.NAME : HostPattern.Start.ANYWHERE;
        String body = text.substring(start == HostPattern.Start.LABEL ? 2 : start == HostPattern.Start.NAME ? 1 : 0);
        boolean end = body.endsWith("^") || body.endsWith("|");
        while (body.endsWith("^") || body.endsWith("|")) {
            body = body.substring(0, body.length() - 1);
        }
        if (body.isEmpty()) {
            out.bad(number, text, "a rule without a name would match every name");
        } else if (start == HostPattern.Start.LABEL && Cidr.parse(body) != null && body.indexOf('/') < 0) {
            out.add(EntryKind.IP_CIDR, body, except, number);
        } else if (body.indexOf('/') >= 0 || body.indexOf(':') >= 0 || body.indexOf('^') >= 0) {
            out.bad(number, text, "a rule about paths or ports says nothing about a name");
        } else {
            new HostPattern(body, start, end).add(except, number, out);
        }
    }

    /** Whether only AdBlock lists have such lines. */
    static boolean isTypical(String text) {
        return text.startsWith("||") || text.startsWith("@@") || text.endsWith("^") || isCosmetic(text);
    }
}

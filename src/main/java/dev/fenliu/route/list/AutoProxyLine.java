package dev.fenliu.route.list;

import org.jspecify.annotations.Nullable;

/**
 * AutoProxy rules, which are about URLs; a proxy sees the host alone, so it is the host's part that counts. An exception
 * for some paths of a host is left out, because it would except the whole host.
 */
final class AutoProxyLine implements LineSyntax {
    private static final String[] URL_STARTS = {
        "^https?:\\/\\/", "^https?://", "^https:\\/\\/", "^https://", "^http:\\/\\/", "^http://"
    };

    @Override
    public void read(String line, int number, Entries out) {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("!") || text.startsWith("[")) {
            return;
        }
        boolean except = text.startsWith("@@");
        String rule = except ? text.substring(2) : text;
        if (rule.length() > 1 && rule.startsWith("/") && rule.endsWith("/")) {
            expression(rule.substring(1, rule.length() - 1), except, number, out);
            return;
        }
        boolean label = rule.startsWith("||");
        boolean name = !label && rule.startsWith("|");
        String url = withoutScheme(rule.substring(label ? 2 : name ? 1 : 0));
        int end = hostEnd(url);
        String host = url.substring(0, end);
        if (except && end < url.length() && !isRoot(url.substring(end))) {
            out.bad(number, text, "an exception for some paths would except the whole host");
        } else if (host.isEmpty()) {
            out.bad(number, text, "a rule about paths says nothing about a name");
        } else if (host.indexOf('*') >= 0) {
            HostPattern.Start start = name ? HostPattern.Start.NAME : HostPattern.Start.LABEL;
            new HostPattern(host, start, true).add(except, number, out);
        } else if (name) {
            out.add(EntryKind.DOMAIN, host, except, number);
        } else if (label || host.indexOf('.') >= 0) {
            out.add(EntryKind.DOMAIN_SUFFIX, host.startsWith(".") ? host.substring(1) : host, except, number);
        } else {
            out.add(EntryKind.DOMAIN_KEYWORD, host, except, number);
        }
    }

    private static String withoutScheme(String url) {
        int scheme = url.indexOf("://");
        return scheme < 0 ? url : url.substring(scheme + 3);
    }

    private static int hostEnd(String url) {
        for (int i = 0; i < url.length(); i++) {
            if ("/:?^|".indexOf(url.charAt(i)) >= 0) {
                return i;
            }
        }
        return url.length();
    }

    private static boolean isRoot(String rest) {
        return rest.equals("/") || rest.equals("^") || rest.equals("|");
    }

    private static void expression(String regex, boolean except, int number, Entries out) {
        String host = aboutHost(regex);
        if (host == null) {
            out.bad(number, regex, "an expression about paths says nothing about a name");
        } else {
            out.add(EntryKind.DOMAIN_REGEX, host, except, number);
        }
    }

    /** The expression without the start of the URL, or null if it asks for more than the host. */
    private static @Nullable String aboutHost(String regex) {
        String host = regex;
        for (String start : URL_STARTS) {
            if (regex.startsWith(start)) {
                host = "^" + regex.substring(start.length());
                break;
            }
        }
        boolean inClass = false;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '/' && !inClass) {
                return null;
            }
            if (c == '[' || c == ']') {
                inClass = c == '[' && (i == 0 || host.charAt(i - 1) != '\\');
            }
        }
        return host;
    }
}

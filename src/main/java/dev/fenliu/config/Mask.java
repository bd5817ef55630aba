package dev.fenliu.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the secrets in the lines of a config, so that a message can show a line without them. Works on the text, since a
 * file that is not YAML has nothing else, and goes by the names of keys; in doubt it hides too much. Immutable.
 */
public final class Mask {
    /** Characters of a line, the end not included. */
    record Span(int from, int to) {}

    /** What stands for a secret. */
    static final String STARS = "***";

    /** What the lines below a key hold. */
    private enum Inside {
        NOTHING,
        SECRET,
        USERS,
        /** Whose addresses are a secret but for the host. */
        SUBSCRIPTIONS
    }

    private record Open(int column, Inside inside) {}

    /** Possessive, so that a long line costs no more than a look at each letter. */
    private static final Pattern KEY = Pattern.compile("(?<![\\w-])([\"']?)([\\w-]++)\\1\\s*+:(?=\\s|$)");

    private static final Pattern SECRET =
            Pattern.compile("pas|psw|psk|pwd|secret|token|uuid|auth|challenge-host", Pattern.CASE_INSENSITIVE);
    private static final Pattern PAIR = Pattern.compile(":(?=\\s|$)");
    /** Values that may be shown: nothing, and what is or tries to be a reference. */
    private static final Pattern OPEN = Pattern.compile("\"\"|''|\"\\$\\{[^\"]*\"|'\\$\\{[^']*'|\\$\\{[^}\\s]*}?");

    private static final Pattern LINK =
            Pattern.compile("(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,30})://([^\\s\"']*)");
    private static final Pattern LOGIN = Pattern.compile("(?<![^\\s\"'{}\\[\\],])[^\\s\"'{}\\[\\],:]+:[^\\s\"']*@");

    /** What blanks and quotes are around. */
    private static final Pattern WORD = Pattern.compile("[^\\s\"']+");

    /** Links of these schemes name a host at least; others may be a secret from end to end. */
    private static final Pattern PLAIN = Pattern.compile("https?|tcp|udp|tls|file", Pattern.CASE_INSENSITIVE);

    private static final Pattern OPAQUE = Pattern.compile(
            "fenliu|ssr?|vmess|vless|trojan|hy2|hysteria2?|tuic|anytls|wireguard", Pattern.CASE_INSENSITIVE);

    private final List<String> lines;
    private final List<Inside> insides = new ArrayList<>();

    Mask(List<String> lines) {
        this.lines = lines;
        Deque<Open> open = new ArrayDeque<>();
        for (String line : lines) {
            int indent = line.length() - line.stripLeading().length();
            boolean item = line.startsWith("-", indent);
            while (!line.isBlank() && !open.isEmpty() && open.peek().column >= indent + (item ? 1 : 0)) {
                open.pop();
            }
            insides.add(open.isEmpty() ? Inside.NOTHING : open.peek().inside);
            Open opened = scan(line, new ArrayList<>());
            if (opened.inside != Inside.NOTHING) {
                open.push(opened);
            }
        }
    }

    /** The text of a config without its secrets; lines that are too long to look through are left out. */
    public static String hide(String text) {
        List<String> lines = List.of(text.split(SourceFile.LINE_END, -1));
        Mask mask = new Mask(lines);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String shown = line.length() > SourceFile.MAX_LINE ? STARS : plain(apply(line, mask.secrets(i + 1)));
            out.append(i == 0 ? "" : "\n").append(shown);
        }
        return out.toString();
    }

    /** The secrets of a line, in order and apart; lines count from 1. */
    List<Span> secrets(int number) {
        String line = lines.get(number - 1);
        Inside inside = insides.get(number - 1);
        List<Span> spans = new ArrayList<>();
        int start = line.length() - line.stripLeading().length();
        Matcher pair = PAIR.matcher(line);
        if (inside == Inside.USERS && pair.find(start)) {
            start = skipBlanks(line, pair.end());
        }
        boolean subscribed = inside == Inside.SUBSCRIPTIONS;
        if (inside != Inside.NOTHING && !subscribed && start < line.length()) {
            spans.add(new Span(start, line.length()));
        } else {
            subscribed |= scan(line, spans).inside == Inside.SUBSCRIPTIONS;
            links(line, subscribed, spans);
        }
        return apart(spans);
    }

    /** A message without the logins of links in it, and on one line. */
    static String clean(String message) {
        List<Span> spans = new ArrayList<>();
        links(message, false, spans);
        return plain(apply(message, apart(spans)));
    }

    static String apply(String line, List<Span> spans) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (Span span : spans) {
            out.append(line, at, span.from).append(STARS);
            at = span.to;
        }
        return out.append(line, at, line.length()).toString();
    }

    /** Without what could rewrite a terminal, turn a line around, hide in it, or forge one of a log; tabs stay. */
    static String plain(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isPlain(c)) {
                out.appendCodePoint(c);
            } else {
                out.append("\ufffd".repeat(Character.charCount(c))); // so that columns stay
            }
        });
        return out.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c == '\t';
            case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            default -> true;
        };
    }

    /** Adds the secrets that have their key on the line. Returns what the lines below it hold. */
    private static Open scan(String line, List<Span> spans) {
        Open open = new Open(0, Inside.NOTHING);
        Open around = open;
        Matcher key = KEY.matcher(line);
        int depth = 0;
        int counted = 0;
        for (int at = 0; at <= line.length() && key.find(at); ) {
            Inside inside = inside(key.group(2));
            if (inside == Inside.NOTHING) {
                at = key.end();
                continue;
            }
            depth += braces(line, counted, key.start());
            counted = key.start();
            boolean flow = depth > 0;
            int from = skipBlanks(line, key.end());
            if (inside == Inside.SUBSCRIPTIONS) {
                around = new Open(key.start(), inside);
                at = key.end();
                continue;
            }
            Matcher shown = OPEN.matcher(line).region(from, line.length());
            int end = shown.lookingAt() ? shown.end() : end(line, from, flow);
            if (inside == Inside.USERS && line.startsWith("{", from)) {
                pairs(line, from + 1, Math.abs(end), spans);
            } else if (!shown.lookingAt() && !isBelow(line, from)) {
                spans.add(new Span(from, Math.abs(end)));
            }
            int column = flow ? skipBlanks(line, 0) : key.start();
            open = new Open(column, end < 0 ? inside : Inside.NOTHING);
            at = Math.max(key.end(), Math.abs(end));
        }
        return open.inside == Inside.NOTHING ? around : open;
    }

    private static Inside inside(String key) {
        return key.equalsIgnoreCase("users")
                ? Inside.USERS
                : key.equals("subscriptions")
                        ? Inside.SUBSCRIPTIONS
                        : SECRET.matcher(key).find() ? Inside.SECRET : Inside.NOTHING;
    }

    /** How many more braces and brackets are open behind a part of a line than before it. */
    private static int braces(String line, int from, int to) {
        int depth = 0;
        for (int i = from; i < to; i++) {
            char c = line.charAt(i);
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        }
        return depth;
    }

    /** Whether the value of a key is not on its line. */
    private static boolean isBelow(String line, int from) {
        return from == line.length() || "|>#".indexOf(line.charAt(from)) >= 0;
    }

    /** Where a value ends; negative when it may go on below the line. */
    private static int end(String line, int from, boolean inFlow) {
        if (isBelow(line, from)) {
            return -line.length();
        }
        char first = line.charAt(from);
        int quoted = first == '"' || first == '\'' ? quoted(line, from) : from;
        if (quoted < 0) {
            return -line.length();
        }
        int rest = skipBlanks(line, quoted);
        if (quoted > from && (rest == line.length() || line.charAt(rest) == '#')) {
            return quoted;
        }
        int depth = 0;
        String unclosed = "";
        for (int i = quoted; i < line.length(); i++) {
            char c = line.charAt(i);
            if (depth > 0 && (c == '"' || c == '\'') && unclosed.indexOf(c) < 0) {
                int close = quoted(line, i);
                unclosed += close < 0 ? c : "";
                i = close < 0 ? i : close - 1;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (inFlow && depth == 0 && (c == ',' || c == '}' || c == ']')) {
                return i;
            } else if (c == '}' || c == ']') {
                depth--;
            } else if (c == '#' && i > 0 && line.charAt(i - 1) == ' ') {
                return depth == 0 && (first == '{' || first == '[') ? i : -i;
            }
        }
        return depth <= 0 && (first == '{' || first == '[') ? line.length() : -line.length();
    }

    /** Behind the closing quote; -1 when there is none. */
    private static int quoted(String line, int from) {
        char quote = line.charAt(from);
        for (int i = from + 1; i < line.length(); i++) {
            if (quote == '"' && line.charAt(i) == '\\') {
                i++;
            } else if (line.charAt(i) == quote) {
                if (quote == '"' || i + 1 == line.length() || line.charAt(i + 1) != quote) {
                    return i + 1;
                }
                i++;
            }
        }
        return -1;
    }

    /** The values of {@code name: value, name: value}. */
    private static void pairs(String line, int from, int to, List<Span> spans) {
        Matcher pair = PAIR.matcher(line);
        for (int at = from; at < to && pair.find(at) && pair.start() < to; ) {
            int start = skipBlanks(line, pair.end());
            int end = Math.min(to, Math.max(start, Math.abs(end(line, start, true))));
            if (start < end && !OPEN.matcher(line.substring(start, end)).matches()) {
                spans.add(new Span(start, end));
            }
            at = Math.max(pair.end(), end);
        }
    }

    /** @param whole whether a path is a secret too */
    private static void links(String line, boolean whole, List<Span> spans) {
        Matcher link = LINK.matcher(line);
        while (link.find()) {
            int start = link.start(2);
            String rest = link.group(2);
            int path = whole ? rest.indexOf('/') : -1;
            if (path >= 0) {
                spans.add(new Span(start + path + 1, link.end()));
            }
            int at = rest.lastIndexOf('@');
            int query = rest.indexOf('?', Math.max(at, 0));
            boolean opaque = OPAQUE.matcher(link.group(1)).matches()
                    || rest.indexOf('.') < 0 && !PLAIN.matcher(link.group(1)).matches();
            if (at >= 0 || opaque) {
                spans.add(new Span(start, at >= 0 ? start + at : link.end()));
            }
            if (query >= 0) {
                int hash = rest.indexOf('#', query);
                spans.add(new Span(start + query + 1, hash < 0 ? link.end() : start + hash));
            }
        }
        Matcher word = WORD.matcher(line);
        while (word.find()) {
            int at = word.group().lastIndexOf('@');
            logins(line, word.start(), word.start() + at, spans);
        }
    }

    /** Logins without a scheme in a word that ends with an @; only so does each letter cost no more than a look. */
    private static void logins(String line, int from, int at, List<Span> spans) {
        Matcher login = LOGIN.matcher(line).region(from, Math.max(from, at + 1)).useTransparentBounds(true);
        while (login.find()) {
            if (login.group().indexOf("://") < 0) {
                spans.add(new Span(login.start(), login.end() - 1));
            }
        }
    }

    private static int skipBlanks(String line, int from) {
        int at = from;
        while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }

    /** Sorted, with those that touch made one. */
    private static List<Span> apart(List<Span> spans) {
        List<Span> out = new ArrayList<>();
        spans.stream()
                .filter(span -> span.from < span.to)
                .sorted(Comparator.comparingInt(Span::from))
                .forEach(span -> {
                    Span last = out.isEmpty() ? new Span(-1, -1) : out.get(out.size() - 1);
                    if (span.from <= last.to) {
                        out.set(out.size() - 1, new Span(last.from, Math.max(last.to, span.to)));
                    } else {
                        out.add(span);
                    }
                });
        return out;
    }
}

package dev.fenliu.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Why a text is no YAML, in words of its writer rather than of a parser. */
record YamlFault(
        @Nullable Mark mark, String message, @Nullable String hint) {
    private static final Pattern CHARACTER = Pattern.compile("found character '(.)");
    private static final Pattern ESCAPE = Pattern.compile("found unknown escape character (.)");
    private static final Pattern FOUND = Pattern.compile("but (?:got|found) '?(.+?)'?$");
    private static final String QUOTES = "put it in quotes";
    private static final String ESCAPES = "write \\\\ for a backslash, or put the text in single quotes";

    static YamlFault of(MarkedYAMLException e, SourceFile source) {
        String problem = String.valueOf(e.getProblem());
        String context = String.valueOf(e.getContext());
        Mark at = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
        Mark start = e.getContextMark() != null ? e.getContextMark() : at;
        if (at == null || start == null) {
            return new YamlFault(null, problem, null);
        }
        if (context.startsWith("while scanning")) {
            return scanning(context, problem, at, start);
        }
        Matcher found = FOUND.matcher(problem);
        String token = found.find() ? found.group(1) : "";
        if (context.startsWith("while parsing a flow") && problem.startsWith("expected ','")) {
            return open(context.contains("mapping"), token, at, start, source);
        }
        if (problem.startsWith("expected the node content")) {
            boolean end = ",}]".contains(token) || token.startsWith("<");
            return end
                    ? new YamlFault(at, "a value is missing here", null)
                    : new YamlFault(at, "a value cannot start with \"" + token + "\"", QUOTES);
        }
        if (problem.startsWith("expected <block end>")) {
            return misplaced(token, at, start);
        }
        if (problem.startsWith("expected '<document start>'")) {
            return source.line(1).startsWith("%")
                    ? new YamlFault(at, "a line --- is missing between lines that start with % and this one", null)
                    : new YamlFault(at, "this cannot follow what stands above: that is complete", null);
        }
        return plain(problem, at);
    }

    private static YamlFault plain(String problem, Mark at) {
        Matcher character = CHARACTER.matcher(problem);
        if (problem.contains("(TAB)")) {
            return new YamlFault(at, "a tab cannot stand here", "indent with spaces");
        }
        if (character.find()) {
            return new YamlFault(at, "a value cannot start with \"" + character.group(1) + "\"", QUOTES);
        }
        if (problem.startsWith("mapping values are not allowed")) {
            return new YamlFault(
                    at,
                    "a colon with a blank behind it cannot stand here",
                    "put a value that holds \": \" in quotes, or check the indentation");
        }
        if (problem.startsWith("found undefined alias")) {
            String name = problem.substring("found undefined alias".length()).strip();
            return new YamlFault(at, "no anchor is called \"" + name + "\"", star());
        }
        if (problem.startsWith("Global tag is not allowed")) {
            String tag = problem.substring(problem.lastIndexOf(':') + 1).strip();
            return new YamlFault(at, "the tag !!" + tag + " is not allowed", "write plain values without tags");
        }
        return new YamlFault(at, problem, null);
    }

    private static YamlFault scanning(String context, String problem, Mark at, Mark start) {
        Matcher escape = ESCAPE.matcher(problem);
        if (escape.find()) {
            return new YamlFault(at, "\"\\" + escape.group(1) + "\" is no escape", ESCAPES);
        }
        if (problem.startsWith("expected escape sequence")) {
            return new YamlFault(at, "this escape is no character", ESCAPES);
        }
        if (context.contains("quoted") && problem.startsWith("found unexpected")) {
            return new YamlFault(start, "the quote that begins here is never closed", null);
        }
        if (context.contains("alias")) {
            return new YamlFault(start, "a value cannot start with \"*\"", star());
        }
        if (context.contains("anchor")) {
            return new YamlFault(start, "a value cannot start with \"&\"", QUOTES);
        }
        if (context.contains("simple key")) {
            return new YamlFault(start, "a colon is missing behind this key", "write KEY: VALUE, with a blank");
        }
        return plain(problem, at);
    }

    private static String star() {
        return "put a name that starts with * in quotes: \"*.example.org\"";
    }

    /** Braces or brackets in which something else was expected. */
    private static YamlFault open(boolean braces, String token, Mark at, Mark start, SourceFile source) {
        String line = source.line(at.getLine() + 1);
        if (token.equals("{") && at.getColumn() > 0 && line.startsWith("$", at.getColumn() - 1)) {
            return new YamlFault(at, "a value with { in it needs quotes", "write \"${env:NAME}\" or \"${file:PATH}\"");
        }
        String what = braces ? "braces" : "brackets";
        String end = braces ? "}" : "]";
        return new YamlFault(
                at,
                "a comma or " + end + " is missing before this, in the " + what + " that begin at line "
                        + (start.getLine() + 1) + ", column " + (start.getColumn() + 1),
                token.equals(":") ? "put a comma between entries, and a value that holds \": \" in quotes" : null);
    }

    /** Something at the wrong place in a list or mapping of lines. */
    private static YamlFault misplaced(String token, Mark at, Mark start) {
        String above = "what begins at line " + (start.getLine() + 1);
        return switch (token) {
            case "-" ->
                new YamlFault(at, "a list item cannot stand here, among keys", "check the indentation below " + above);
            case "<block mapping start>", "<block sequence start>" ->
                new YamlFault(
                        at, "this line is indented neither like " + above + " nor like what is in it", "align it");
            default ->
                new YamlFault(
                        at,
                        "this cannot stand here, after a complete value",
                        "check quotes, commas and the indentation below " + above);
        };
    }

    /** A limit that was passed, or whatever else the parser throws. */
    static String limit(String message) {
        if (message.contains("aliases")) {
            return "more than " + YamlReader.MAX_ALIASES + " aliases to lists and mappings";
        }
        return message.contains("Nesting Depth")
                ? "nested more than " + YamlReader.MAX_DEPTH + " levels deep"
                : "not YAML: " + message;
    }
}

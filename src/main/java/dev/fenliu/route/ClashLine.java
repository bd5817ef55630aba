package dev.fenliu.route;

import dev.fenliu.config.Nearest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Rule lines as Clash and Surge write them: {@code TYPE,value,target[,option…]}, and {@code TYPE,value[,option…]} inside
 * lists and logical rules. They keep their meaning there: conditions about addresses resolve names unless
 * {@code no-resolve} is given, and with it still see what an earlier rule has resolved. Commas inside a value survive, because the target stands after the last one.
 */
final class ClashLine {
    /** A line with a target, taken apart; neither its condition nor its target has been read yet. */
    record Parts(String type, String value, Set<String> options, String target) {
        Condition condition(Scope scope) throws RuleSyntaxException {
            return type.equals("MATCH") || type.equals("FINAL")
                    ? Condition.always()
                    : new ClashLine(scope).condition(type, value, options, 0);
        }

        /** The target as this config calls it. */
        String target(Scope scope) throws RuleSyntaxException {
            return ClashLine.target(target, scope);
        }
    }

    private static final int MAX_DEPTH = 16;
    private static final Set<String> OPTIONS = Set.of("no-resolve", "src", "extended-matching");

    private final Scope scope;

    private ClashLine(Scope scope) {
        this.scope = scope;
    }

    /** Takes a rule of a configuration apart. */
    static Parts parts(String line, Scope scope) throws RuleSyntaxException {
        String type = type(line);
        Set<String> options = new HashSet<>();
        String rest = withoutOptions(body(line), options);
        if (type.equals("MATCH") || type.equals("FINAL")) {
            return new Parts(type, "", Set.of(), rest);
        }
        int end = rest.lastIndexOf(',');
        if (end < 0 || ClashType.isLogical(type) && rest.endsWith(")")) {
            throw new RuleSyntaxException("\"" + line + "\" has no target", "write TYPE,value,target");
        }
        Set<String> misplaced = new HashSet<>();
        withoutOptions(rest.substring(0, end), misplaced);
        if (!misplaced.isEmpty()) {
            throw new RuleSyntaxException(
                    "the option " + misplaced.iterator().next() + " stands before the target",
                    "write TYPE,value,target,option");
        }
        String target = rest.substring(end + 1).strip();
        String option = rest.lastIndexOf(',', end - 1) < 0 || scope.targets().contains(target)
                ? null
                : Nearest.match(target, OPTIONS);
        if (option != null) {
            throw new RuleSyntaxException("\"" + target + "\" is no option", "did you mean \"" + option + "\"?");
        }
        return new Parts(type, rest.substring(0, end), options, target);
    }

    /** Reads a line without target. */
    static Condition condition(String line, Scope scope) throws RuleSyntaxException {
        return new ClashLine(scope).nested(line, 0);
    }

    private Condition nested(String line, int depth) throws RuleSyntaxException {
        Set<String> options = new HashSet<>();
        String type = type(line);
        return condition(type, withoutOptions(body(line), options), options, depth);
    }

    private static String type(String line) throws RuleSyntaxException {
        int comma = line.indexOf(',');
        if (comma < 0) {
            String word = line.strip().toUpperCase(Locale.ROOT);
            boolean last = word.equals("MATCH") || word.equals("FINAL");
            if (last) {
                throw new RuleSyntaxException("\"" + line + "\" has no target", "write " + word + ",target");
            }
            boolean glued = line.matches("[a-z-]+:\\S.*");
            throw new RuleSyntaxException(
                    "\"" + line + "\" is no rule",
                    glued
                            ? "a blank belongs behind the colon: KEY: VALUE"
                            : "write {domain-suffix: example.org, to: direct} or TYPE,value,target");
        }
        return line.substring(0, comma).strip().toUpperCase(Locale.ROOT);
    }

    private static String body(String line) {
        return line.substring(line.indexOf(',') + 1);
    }

    private static String withoutOptions(String body, Set<String> options) {
        String rest = body;
        for (int comma = rest.lastIndexOf(','); comma >= 0; comma = rest.lastIndexOf(',')) {
            String word = rest.substring(comma + 1).strip().toLowerCase(Locale.ROOT);
            if (!OPTIONS.contains(word)) {
                break;
            }
            options.add(word);
            rest = rest.substring(0, comma);
        }
        return rest;
    }

    private static String target(String text, Scope scope) throws RuleSyntaxException {
        String name = text.strip();
        if (scope.targets().contains(name)) {
            return name;
        }
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "DIRECT" -> Rule.DIRECT;
            case "REJECT", "REJECT-DROP", "REJECT-NO-DROP", "REJECT-TINYGIF" -> Rule.BLOCK;
            default ->
                throw new RuleSyntaxException(
                        "no outbound or group is called \"" + name + "\"", Nearest.hint(name, scope.targets()));
        };
    }

    private Condition condition(String type, String value, Set<String> options, int depth) throws RuleSyntaxException {
        if (ClashType.isLogical(type)) {
            return logical(type, value.strip(), depth);
        }
        Condition.LookUp lookUp = options.contains("no-resolve") ? Condition.LookUp.KNOWN : Condition.LookUp.ASK;
        if (options.contains("src") && !type.startsWith("IP-CIDR")) {
            throw new RuleSyntaxException(type + " takes no option src", "SRC-IP-CIDR compares the client's address");
        }
        if (type.equals("RULE-SET")) {
            return new Condition.InSet(List.of(known(value.strip(), scope.ruleSets(), "rule-set")), lookUp);
        }
        GeoKind database = type.equals("GEOIP") ? GeoKind.COUNTRY : type.equals("IP-ASN") ? GeoKind.ASN : null;
        boolean here = type.equals("GEOIP") && ClashType.isPrivate(value);
        if (database != null && !here && !scope.databases().contains(database)) {
            throw new RuleSyntaxException(type + " needs a GeoIP database", database.remedy());
        }
        Condition condition = ClashType.leaf(type, value, lookUp, options.contains("src"));
        if (condition instanceof Condition.Word word) {
            for (String name : word.values()) {
                switch (word.kind()) {
                    case LISTENER -> known(name, scope.listeners(), "listener");
                    case USER -> known(name, scope.users(), "user");
                    default -> {}
                }
            }
        }
        return condition;
    }

    private static String known(String name, Set<String> names, String kind) throws RuleSyntaxException {
        if (!names.contains(name)) {
            throw new RuleSyntaxException(
                    "no " + kind + " is called \"" + name + "\"", ConditionParser.hint(kind, name, names));
        }
        return name;
    }

    /** {@code ((TYPE,value),(TYPE,value))}. */
    private Condition logical(String type, String text, int depth) throws RuleSyntaxException {
        if (depth == MAX_DEPTH) {
            throw new RuleSyntaxException("rules nested too deeply", null);
        }
        if (!text.startsWith("(") || close(text, 0) != text.length() - 1) {
            throw unbalanced(text);
        }
        List<Condition> parts = new ArrayList<>();
        int at = 1;
        while (at < text.length() - 1) {
            char c = text.charAt(at);
            if (c == '(') {
                int end = close(text, at);
                parts.add(nested(text.substring(at + 1, end), depth + 1));
                at = end + 1;
            } else if (c == ',' || c == ' ') {
                at++;
            } else {
                throw unbalanced(text);
            }
        }
        if (parts.isEmpty() || type.equals("NOT") && parts.size() > 1) {
            throw new RuleSyntaxException(type + " of " + parts.size() + " rules", "NOT takes one, AND and OR several");
        }
        return switch (type) {
            case "AND" -> new Condition.All(List.copyOf(parts));
            case "OR" -> new Condition.Any(List.copyOf(parts));
            default -> new Condition.Not(parts.get(0));
        };
    }

    private static int close(String text, int open) throws RuleSyntaxException {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++; // an expression's \( and \) do not count
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return i;
            }
        }
        throw unbalanced(text);
    }

    private static RuleSyntaxException unbalanced(String text) {
        return new RuleSyntaxException(
                "\"" + text + "\" has parentheses that do not fit",
                "write AND,((DOMAIN,a.example),(NETWORK,udp)),target");
    }
}

package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import java.util.stream.Collectors;

/** Prints a rule's node in one line of YAML, long lists cut. */
public final class RuleText {
    private static final int MAX_ITEMS = 6;

    private RuleText() {}

    /** The rule in one line. */
    public static String of(ConfigNode node) {
        return node.kind() == ConfigNode.Kind.SCALAR ? node.text() : flow(node);
    }

    private static String flow(ConfigNode node) {
        return switch (node.kind()) {
            case NULL -> "";
            case SCALAR -> scalar(node.text());
            case MAPPING ->
                node.entries().stream()
                        .map(entry -> scalar(entry.key().text()) + ": " + flow(entry.value()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case SEQUENCE -> {
                int size = node.items().size();
                int shown = size > MAX_ITEMS + 1 ? MAX_ITEMS : size;
                yield node.items().stream()
                        .limit(shown)
                        .map(RuleText::flow)
                        .collect(
                                Collectors.joining(", ", "[", shown < size ? ", … " + (size - shown) + " more]" : "]"));
            }
        };
    }

    private static String scalar(String text) {
        boolean plain = text.matches("[A-Za-z0-9_./+-][A-Za-z0-9_./:+*-]*") && !text.endsWith(":");
        return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}

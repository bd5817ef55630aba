package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Adds an outbound to the text of a config, and puts it first in a group, by inserting lines or words: all that a person
 * wrote stays as it is. What comes out must be read and checked by the caller.
 */
public final class OutboundEdit {
    /** The groups that are looked for, in this order, when none is named. */
    private static final List<String> GROUPS = List.of("tunnel", "ai");

    private static final List<String> AFTER = List.of("groups", "rule-sets", "rules");

    private final List<String> lines;
    private final ConfigNode root;

    private OutboundEdit(String text, ConfigNode root) {
        this.lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        this.root = root;
    }

    /**
     * What came of it.
     *
     * @param group the one that the outbound is in now; empty when there is none that could be meant
     */
    public record Edited(String text, Optional<String> group) {}

    /** The names of outbounds and groups in a config. */
    public static List<String> names(String text) {
        ConfigNode root = YamlReader.read("config", Path.of(""), text, new Problems());
        List<String> names = new ArrayList<>();
        for (String section : List.of("outbounds", "groups")) {
            ConfigNode node = root == null ? null : root.get(section);
            if (node != null) {
                node.entries().forEach(entry -> names.add(entry.key().text()));
            }
        }
        return names;
    }

    /** The outbound to that server whose password is in a file of its name: paired before. */
    public static Optional<String> outboundTo(String text, String server) {
        ConfigNode root = YamlReader.read("config", Path.of(""), text, new Problems());
        ConfigNode outbounds = root == null ? null : root.get("outbounds");
        return outbounds == null
                ? Optional.empty()
                : outbounds.entries().stream()
                        .filter(entry -> has(entry.value(), "server", server)
                                && has(
                                        entry.value(),
                                        "password",
                                        "${file:" + entry.key().text() + ".key}"))
                        .map(entry -> entry.key().text())
                        .findFirst();
    }

    private static boolean has(ConfigNode mapping, String key, String text) {
        ConfigNode value = mapping.get(key);
        return value != null && value.text().equals(text);
    }

    /**
     * Adds an outbound.
     *
     * @param text a config that was read without an error
     * @param outbound a mapping in flow style
     * @throws IllegalArgumentException if the text is written in a way that this does not know
     */
    public static Edited add(String text, String name, String outbound) {
        String one = insert(text, edit -> edit.outbound(name, outbound));
        Optional<String> group = group(one);
        return new Edited(group.map(into -> joined(one, into, name)).orElse(one), group);
    }

    private static String joined(String text, String group, String name) {
        List<String> path = List.of("groups", group);
        ConfigNode groups = read(text).get("groups");
        ConfigNode node = groups == null ? null : groups.get(group);
        if (node == null || node.get("members") != null || node.get("use") == null) {
            return insert(text, edit -> edit.member(group, name));
        }
        try {
            return YamlEdit.of(text).put(path, "members", "[" + name + "]"); // it lives on subscriptions
        } catch (EditRefused e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String insert(String text, java.util.function.Consumer<OutboundEdit> how) {
        OutboundEdit edit = new OutboundEdit(text, read(text));
        how.accept(edit);
        return String.join("\n", edit.lines);
    }

    private static ConfigNode read(String text) {
        ConfigNode root = YamlReader.read("config", Path.of(""), text, new Problems());
        if (root == null || root.kind() == ConfigNode.Kind.SEQUENCE || root.kind() == ConfigNode.Kind.SCALAR) {
            throw unknown();
        }
        return root;
    }

    private static IllegalArgumentException unknown() {
        return new IllegalArgumentException("the config is written in a way that cannot be added to");
    }

    /** The group that an addition goes into: the one of a usual name, else the only one. */
    static Optional<String> group(String text) {
        return group(read(text));
    }

    private static Optional<String> group(ConfigNode root) {
        ConfigNode groups = root.get("groups");
        List<String> names = groups == null
                ? List.of()
                : groups.entries().stream().map(entry -> entry.key().text()).toList();
        Optional<String> usual = GROUPS.stream().filter(names::contains).findFirst();
        return usual.isPresent() || names.size() != 1 ? usual : Optional.of(names.get(0));
    }

    private void outbound(String name, String outbound) {
        String entry = name + ": " + outbound;
        ConfigNode.Entry section = entry(root, "outbounds");
        if (section == null) {
            section(List.of("outbounds:", "  " + entry, ""));
            return;
        }
        ConfigNode value = section.value();
        if (value.kind() == ConfigNode.Kind.NULL) {
            lines.add(section.key().position().line(), indent(section.key()) + "  " + entry);
        } else if (isFlow(value, '{')) {
            intoFlow(value, entry, value.entries().isEmpty());
        } else if (!value.entries().isEmpty()) {
            before(value.entries().get(0).key(), entry);
        } else {
            throw unknown();
        }
    }

    private void member(String group, String name) {
        ConfigNode groups = root.get("groups");
        ConfigNode node = groups == null ? null : groups.get(group);
        ConfigNode members = node == null ? null : node.get("members");
        if (members == null || members.kind() != ConfigNode.Kind.SEQUENCE) {
            throw unknown();
        }
        if (isFlow(members, '[')) {
            intoFlow(members, name, members.items().isEmpty());
        } else {
            ConfigNode first = members.items().get(0);
            String before = line(first).substring(0, index(first));
            if (!before.matches("\\s*-\\s+")) {
                throw unknown();
            }
            lines.add(first.position().line() - 1, before + name);
        }
    }

    /** Puts a section of the first level where one expects it: above those that use it, with their comments. */
    private void section(List<String> section) {
        for (String key : AFTER) {
            ConfigNode.Entry entry = entry(root, key);
            if (entry != null) {
                if (entry.key().position().column() != 1) {
                    throw unknown();
                }
                int at = entry.key().position().line() - 1;
                while (at > 0 && lines.get(at - 1).startsWith("#")) {
                    at--;
                }
                lines.addAll(at, section);
                return;
            }
        }
        if (root.kind() == ConfigNode.Kind.MAPPING
                && root.entries().get(0).key().position().column() != 1) {
            throw unknown();
        }
        int end = lines.get(lines.size() - 1).isEmpty() ? lines.size() - 1 : lines.size();
        lines.addAll(end, section.subList(0, section.size() - 1));
    }

    private static ConfigNode.@Nullable Entry entry(ConfigNode mapping, String key) {
        return mapping.entries().stream()
                .filter(entry -> entry.key().text().equals(key))
                .findFirst()
                .orElse(null);
    }

    private String line(ConfigNode node) {
        return lines.get(node.position().line() - 1);
    }

    /** Where a node begins in its line; YAML counts code points. */
    private int index(ConfigNode node) {
        return line(node).offsetByCodePoints(0, node.position().column() - 1);
    }

    private String indent(ConfigNode node) {
        return line(node).substring(0, index(node));
    }

    private boolean isFlow(ConfigNode node, char open) {
        return index(node) < line(node).length() && line(node).charAt(index(node)) == open;
    }

    private void intoFlow(ConfigNode node, String entry, boolean empty) {
        int at = index(node) + 1;
        String line = line(node);
        lines.set(node.position().line() - 1, line.substring(0, at) + entry + (empty ? "" : ", ") + line.substring(at));
    }

    private void before(ConfigNode first, String entry) {
        if (!indent(first).isBlank()) {
            throw unknown();
        }
        lines.add(first.position().line() - 1, indent(first) + entry);
    }
}

package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import java.util.List;
import java.util.Optional;

/** Adds a subscription to the text of a config, and has a group use it. What comes out must be checked by the caller. */
public final class SubscriptionEdit {
    private static final String SECTION = "subscriptions";
    private static final String USE = "use";

    private SubscriptionEdit() {}

    /**
     * Adds one, under a name of its own.
     *
     * @return with the group that would get an outbound too, see {@link OutboundEdit#add}
     */
    public static OutboundEdit.Edited add(String text, String url) throws EditRefused {
        Outline there = YamlEdit.of(text).outline().at(List.of(SECTION));
        String name = "nodes";
        for (int i = 2; there != null && there.entry(name) != null; i++) {
            name = "nodes" + i;
        }
        String value = "{url: " + YamlEdit.scalar(url) + "}";
        String added = there == null
                ? YamlEdit.of(text).put(List.of(), SECTION, "\n  " + name + ": " + value)
                : YamlEdit.of(text).put(List.of(SECTION), name, value);
        Optional<String> group = OutboundEdit.group(added);
        return new OutboundEdit.Edited(group.isPresent() ? use(added, group.get(), name) : added, group);
    }

    private static String use(String text, String group, String name) throws EditRefused {
        List<String> path = List.of("groups", group, USE);
        Outline use = YamlEdit.of(text).outline().at(path);
        if (use == null) {
            return YamlEdit.of(text).put(path.subList(0, 2), USE, name);
        }
        if (use.kind() == ConfigNode.Kind.SCALAR) {
            return use.text().equals("all") ? text : use(YamlEdit.of(text).listed(path), group, name);
        }
        return YamlEdit.of(text).insert(path, use.items().size(), name);
    }
}

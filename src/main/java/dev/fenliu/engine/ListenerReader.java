package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code listeners} of a config. One per config. */
final class ListenerReader {
    private final Map<String, ListenerType<?>> types;
    private final Problems problems;
    private final List<ListenerPlan<?>> plans = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> users = new LinkedHashSet<>();
    private final Map<String, ConfigNode> nameNodes = new LinkedHashMap<>();
    private final Map<Integer, Map<InetSocketAddress, ConfigNode>> addressNodes = new LinkedHashMap<>();

    ListenerReader(Map<String, ListenerType<?>> types, Problems problems) {
        this.types = types;
        this.problems = problems;
    }

    /** Reads them; without the section there is one mixed listener on 127.0.0.1:7890. */
    List<ListenerPlan<?>> read(Section config) {
        ConfigNode list = config.get(ConfigKeys.LISTENERS);
        if (list == null) {
            list = YamlReader.read(
                    "built-in listeners", Path.of(""), "- {type: mixed, listen: \"127.0.0.1:7890\"}", problems);
        }
        if (list == null || list.kind() != ConfigNode.Kind.SEQUENCE) {
            if (list != null) {
                problems.error(
                        list,
                        "\"listeners\" must be a list, not " + list.kind().words(),
                        "write - {type: mixed, listen: \"127.0.0.1:7890\"}, or leave the section out");
            }
            return plans;
        }
        for (ConfigNode node : list.items()) {
            declare(node);
            ListenerType<?> type = ConfigReader.type(node, "a listener", types, problems);
            if (type != null) {
                read(node, type);
            }
        }
        return plans;
    }

    /** The names that rules may use, also those of listeners that are wrong in other ways. */
    Set<String> names() {
        return names;
    }

    /** The users that rules may use, also those of listeners that are wrong in other ways. */
    Set<String> users() {
        return users;
    }

    private void declare(ConfigNode node) {
        ConfigNode name = node.get("name");
        if (name != null) {
            names.add(name.text());
        }
        ConfigNode list = node.get("users");
        if (list != null) {
            list.entries().forEach(user -> users.add(user.key().text()));
        }
    }

    private <O> void read(ConfigNode node, ListenerType<O> type) {
        Section section = Section.open(node, "listener of type " + type.name(), ConfigKeys.listener(type), problems);
        InetSocketAddress listen = section == null ? null : section.get(ConfigKeys.LISTEN);
        String name = section == null ? null : section.get(ConfigKeys.NAME);
        Map<String, Secret> passwords = section == null ? null : section.get(ConfigKeys.USERS);
        Optional<UserFile> file = section == null ? Optional.empty() : userFile(section, passwords);
        boolean trusted = section != null && section.value(ConfigKeys.LAN);
        if (section == null || listen == null) {
            return;
        }
        ListenerSettings settings = new ListenerSettings(
                type.name(),
                name == null ? type.name() + "-" + listen.getPort() : name,
                listen,
                file.map(UserFile::logins).orElse(passwords == null ? Map.of() : passwords),
                trusted);
        boolean guarded = passwords == null && section.has(ConfigKeys.USERS) || section.has(ConfigKeys.LAN);
        if (!guarded) { // whoever misspelt the guard is told just that
            type.access(settings)
                    .refusal(settings, type.takesUsers())
                    .ifPresent(why -> problems.error(section.at(ConfigKeys.LISTEN), why, null));
        }
        names.add(settings.name());
        if (isFree(section.at(ConfigKeys.LISTEN), listen)) {
            once(section, settings.name());
        }
        O options = type.parse(section, settings);
        if (options != null) {
            plans.add(new ListenerPlan<>(type, settings, options, file));
        }
    }

    /** The users of a file of their own, if one is named; none of them when it cannot be read, which is reported. */
    private Optional<UserFile> userFile(Section section, @Nullable Map<String, Secret> passwords) {
        Path path = section.get(ConfigKeys.USERS_FILE);
        if (path == null) {
            return Optional.empty();
        }
        ConfigNode at = section.at(ConfigKeys.USERS_FILE);
        UserFile file = null;
        try {
            file = UserFile.read(path, problems);
        } catch (IOException e) {
            problems.error(at, "\"users-file\": cannot read " + path, Type.reason(e));
        }
        if (passwords != null) {
            problems.error(at, "\"users\" and \"users-file\" do not go together");
        }
        UserFile read = file == null ? new UserFile(path, Map.of()) : file;
        users.addAll(read.users().keySet());
        return Optional.of(read);
    }

    /** Takes an address for a listener, unless another has it, which is reported. */
    boolean isFree(ConfigNode at, InetSocketAddress listen) {
        if (listen.getPort() == 0) {
            return true;
        }
        Map<InetSocketAddress, ConfigNode> others =
                addressNodes.computeIfAbsent(listen.getPort(), port -> new LinkedHashMap<>());
        for (Map.Entry<InetSocketAddress, ConfigNode> other : others.entrySet()) {
            if (meet(listen, other.getKey())) {
                String both = listen.equals(other.getKey())
                        ? "two listeners have the address " + Sockets.text(listen)
                        : "the address " + Sockets.text(listen) + " overlaps with " + Sockets.text(other.getKey());
                problems.error(at, both, first(other.getValue()));
                return false;
            }
        }
        others.put(listen, at);
        return true;
    }

    /** Whether one port cannot be bound on both: they are the same, or one includes the other. */
    private static boolean meet(InetSocketAddress a, InetSocketAddress b) {
        return a.equals(b) || includes(a.getAddress(), b.getAddress()) || includes(b.getAddress(), a.getAddress());
    }

    /** 0.0.0.0 is every IPv4 address, [::] every address. */
    private static boolean includes(InetAddress wide, InetAddress other) {
        return wide.isAnyLocalAddress() && (wide instanceof Inet6Address || other instanceof Inet4Address);
    }

    private void once(Section section, String name) {
        boolean given = section.has(ConfigKeys.NAME);
        ConfigNode at = section.at(given ? ConfigKeys.NAME : ConfigKeys.LISTEN);
        if (name.equals(ApiListener.NAME)) {
            problems.error(at, "the listener name \"" + name + "\" is that of the control API", "choose another name");
            return;
        }
        ConfigNode earlier = nameNodes.putIfAbsent(name, at);
        if (earlier != null) {
            problems.error(
                    at,
                    "two listeners have the name \"" + name + "\"",
                    given ? first(earlier) : first(earlier) + "; give one of them another `name`");
        }
    }

    private static String first(ConfigNode node) {
        return "the first is at line " + node.position().line();
    }
}

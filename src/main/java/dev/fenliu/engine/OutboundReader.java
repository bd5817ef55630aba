package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.outbound.ShareLink;
import dev.fenliu.outbound.TlsKeys;
import dev.fenliu.outbound.TunnelType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads outbounds: a mapping of keys or a share link in the config, or a node of a subscription. */
record OutboundReader(Map<String, TunnelType<?>> types, Problems problems) {
    /** The outbound that the config writes as {@code node}; null when an error was reported. */
    @Nullable
    OutboundPlan<?> read(String name, ConfigNode node) {
        String what = "outbound \"" + name + "\"";
        ConfigNode keys = node.kind() == ConfigNode.Kind.SCALAR ? link(node, what) : node;
        TunnelType<?> type = keys == null ? null : ConfigReader.type(keys, what, types, problems);
        return keys == null || type == null ? null : plan(name, what, keys, type, Optional.empty());
    }

    /**
     * The outbound of a node, of a type that is known; null when an error was reported.
     *
     * @param insecure whether its certificate need not be verified
     */
    @Nullable
    OutboundPlan<?> readNode(String name, ConfigNode node, String subscription, boolean insecure) {
        TunnelType<?> type = ConfigReader.type(node, "the node", types, problems);
        if (type == null || !hasTransport(node, type, node, "")) {
            return null;
        }
        ConfigNode keys = insecure ? with(node, TlsKeys.INSECURE.name()) : node;
        return plan(name, "the node", keys, type, Optional.of(subscription));
    }

    private static ConfigNode with(ConfigNode node, String flag) {
        Map<String, ConfigNode> keys = new LinkedHashMap<>();
        node.entries().forEach(entry -> keys.put(entry.key().text(), entry.value()));
        keys.put(flag, ConfigNode.scalar(node, "true"));
        return ConfigNode.mapping(node, keys);
    }

    private @Nullable ConfigNode link(ConfigNode scalar, String what) {
        if (!scalar.text().contains("://")) {
            problems.error(scalar, what + " must be a mapping of keys or a share link");
            return null;
        }
        ConfigNode node = ShareLink.toNode(scalar, problems);
        ConfigNode type = node == null ? null : node.get("type");
        TunnelType<?> tunnel = type == null ? null : types.get(type.text());
        return node == null || tunnel != null && !hasTransport(node, tunnel, scalar, "share link: ") ? null : node;
    }

    /** Whether the transport that a link wants, if any, is one that outbounds of that type can have. */
    private boolean hasTransport(ConfigNode node, TunnelType<?> tunnel, ConfigNode at, String prefix) {
        ConfigNode transport = node.get("transport");
        if (transport == null
                || tunnel.keys().stream().anyMatch(key -> key.name().equals("transport"))) {
            return true;
        }
        ConfigNode name = transport.get("type");
        problems.error(
                at,
                prefix + "it asks for the transport \"" + (name == null ? "" : name.text()) + "\", which "
                        + tunnel.name() + " outbounds do not have yet");
        return false;
    }

    private <O> @Nullable OutboundPlan<O> plan(
            String name, String what, ConfigNode node, TunnelType<O> type, Optional<String> subscription) {
        List<Key<?>> keys = new ArrayList<>(ConfigKeys.OUTBOUND);
        keys.addAll(type.keys());
        if (subscription.isPresent() && keys.containsAll(TlsKeys.ALL)) {
            keys.add(TlsKeys.INSECURE);
        }
        Section section = Section.open(node, what, keys, problems);
        O options = section == null ? null : type.parse(section);
        if (section == null || options == null) {
            return null;
        }
        String via = section.get(ConfigKeys.VIA);
        if (via != null && options instanceof SocketOptions) {
            problems.error(
                    section.at(ConfigKeys.VIA),
                    what + " goes direct: it has no server that \"via\" could lead to",
                    "send its flows to \"" + via + "\"");
        }
        return new OutboundPlan<>(name, type, options, Optional.ofNullable(via), node, subscription);
    }
}

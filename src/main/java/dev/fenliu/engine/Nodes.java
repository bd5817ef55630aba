package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.outbound.DirectType;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.subscribe.BadNode;
import dev.fenliu.subscribe.Node;
import dev.fenliu.subscribe.NodeList;
import dev.fenliu.subscribe.NotNodesException;
import dev.fenliu.subscribe.Quota;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a subscription, those that can be used as plans of outbounds.
 *
 * @param entries each node that could be read, in the order of the list
 * @param unreadable what is no node
 * @param notes the names of what is there for them alone
 * @param quota what the list itself says of the account
 */
record Nodes(List<Entry> entries, List<BadNode> unreadable, List<String> notes, Quota quota) {
    /** Why a node is refused that nobody has confirmed. */
    static final String INSECURE = "it asks not to verify the server's certificate";

    /**
     * A node.
     *
     * @param title what its provider calls it
     * @param plan empty when it cannot be used
     * @param refused why, then
     * @param unverified whether its certificate is not verified, which the user has confirmed
     */
    record Entry(
            String title, String name, Optional<OutboundPlan<?>> plan, Optional<BadNode> refused, boolean unverified) {}

    /** @throws IOException if {@code content} is no list of nodes; the message says what it is instead */
    static Nodes read(SubscriptionPlan plan, byte[] content) throws IOException {
        NodeList list;
        try {
            list = NodeList.read(plan.what(), content);
        } catch (NotNodesException e) {
            throw new IOException(e.getMessage(), e);
        }
        List<Entry> entries = new ArrayList<>();
        list.nodes().forEach(node -> entries.add(entry(plan, node)));
        return new Nodes(entries, list.bad(), list.notes(), list.quota());
    }

    /** How many can be used. */
    int usable() {
        return (int) entries.stream().filter(entry -> entry.plan().isPresent()).count();
    }

    private static Entry entry(SubscriptionPlan subscription, Node node) {
        Problems problems = new Problems();
        TunnelType<?> type = subscription.types().get(node.link().type());
        if (type == null || type instanceof DirectType) {
            return refused(node, "type " + node.link().type() + " is not supported");
        }
        boolean insecure = node.link().insecure();
        boolean confirmed = subscription.insecure().contains(node.name())
                || subscription.insecure().contains(node.title());
        ConfigNode keys = node.keys(problems);
        @Nullable
        OutboundPlan<?> plan = keys == null
                ? null
                : new OutboundReader(subscription.types(), problems)
                        .readNode(node.name(), keys, subscription.name(), insecure && confirmed);
        if (plan == null || problems.hasErrors()) {
            return refused(
                    node,
                    problems.all().stream().map(Problem::message).distinct().collect(Collectors.joining("; ")));
        }
        return insecure && !confirmed
                ? refused(node, INSECURE)
                : new Entry(node.title(), node.name(), Optional.of(plan), Optional.empty(), insecure);
    }

    private static Entry refused(Node node, String reason) {
        BadNode bad = new BadNode(node.line(), node.name(), reason);
        return new Entry(node.title(), node.name(), Optional.empty(), Optional.of(bad), false);
    }
}

package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.outbound.ShareLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A list of nodes as it is being read. Not thread-safe. */
final class Collected {
    private final String what;
    private final NodeNames names = new NodeNames(Set.of());
    private final List<Node> nodes = new ArrayList<>();
    private final List<BadNode> bad = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private Quota quota = Quota.UNKNOWN;
    private int read;

    Collected(String what) {
        this.what = what;
    }

    /** Whether there is room for one more; the first that has none is listed. */
    boolean wants(int line) {
        if (++read == NodeList.MAX_NODES + 1) {
            bad.add(new BadNode(
                    line, "", "there are more than " + NodeList.MAX_NODES + " nodes; the rest is not read"));
        }
        return read <= NodeList.MAX_NODES;
    }

    /** A node whose link was read on that line. */
    void add(ShareLink link, int line) {
        add(link, ConfigNode.untold(what, line));
    }

    private void add(ShareLink link, ConfigNode at) {
        if (leadsNowhere(link.server())) {
            note(link.name());
        } else {
            nodes.add(new Node(link.name(), names.take(link.name()), link, at));
        }
    }

    /** A node that was read from {@code entry}. */
    void add(Fields entry, String type, Map<String, String> fields) {
        String host = entry.text("server");
        String port = entry.text("server_port").isEmpty() ? entry.text("port") : entry.text("server_port");
        if (host.isEmpty() || port.isEmpty()) {
            refuse(entry, "it has no server and port");
            return;
        }
        Destination server;
        try {
            server = new Destination(Host.parse(host), Destination.port(port));
        } catch (IllegalArgumentException e) {
            refuse(entry, "its server or port is malformed");
            return;
        }
        String title = entry.title();
        fields.values().removeIf(String::isEmpty);
        add(new ShareLink(type, server, title.isBlank() ? server.toString() : title, fields), entry.line());
    }

    void refuse(Fields entry, String reason) {
        refuse(entry.line(), entry.title(), reason);
    }

    void refuse(int line, String title, String reason) {
        bad.add(new BadNode(line, title.isEmpty() ? "" : NodeNames.plain(title), reason));
    }

    void say(Quota said) {
        quota = said;
    }

    void note(String text) {
        notes.add(NodeNames.visible(text));
    }

    /** To this machine, or to a port that no proxy has: the name is all that it is there for. */
    private static boolean leadsNowhere(Destination server) {
        return server.port() == 1
                || server.host() instanceof Host.Address address
                        && (address.value().isLoopbackAddress()
                                || address.value().isAnyLocalAddress())
                || server.host().toString().equals("localhost");
    }

    NodeList list() {
        return new NodeList(nodes, bad, notes, quota);
    }
}

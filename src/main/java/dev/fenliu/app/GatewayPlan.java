package dev.fenliu.app;

import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.Upstream;
import dev.fenliu.engine.Config;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.model.Addresses;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.list.Cidr;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the kernel must be told so that traffic comes to the listeners of a config: a table of nftables and a routing table,
 * both our own. TCP and UDP from the local network and from this machine go to the listeners, except what stays in the
 * house, what is marked, and answers to connections from outside. What no listener takes of its kind is refused, so that
 * nothing passes by in a way that the rules would not allow.
 *
 * @param tcp the listener for TCP: one of type redirect, otherwise of type tproxy
 * @param udp the listener of type tproxy
 * @param dns the listener that answers queries; then those to other name servers are taken too, wherever these are
 * @param ownQueries whether those of this machine are taken too
 * @param ipv6 whether this machine routes IPv6
 * @param fakes networks of fake addresses, which are nowhere: what is sent there comes to a listener or is refused
 */
record GatewayPlan(
        Optional<ListenerSettings> tcp,
        Optional<ListenerSettings> udp,
        Optional<ListenerSettings> dns,
        boolean ownQueries,
        boolean ipv6,
        List<Cidr> fakes) {
    static final String TABLE = "inet fenliu";

    /** What is to be delivered to this machine itself bears this mark. */
    static final int ROUTED_MARK = SocketOptions.OWN_MARK + 1;

    static final int ROUTES = 26222;
    static final int PREFERENCE = 7890;

    private static final String TPROXY = "tproxy";
    private static final String SKIP = "jump skip";
    private static final String QUERIES = "meta l4proto { tcp, udp } th dport 53 ";
    private static final String NO_QUERIES = "meta l4proto { tcp, udp } th dport != 53 ";

    /** What a client's kernel says of an answer that it has no use for would go on to the host that we stand in for. */
    private static final String ERRORS = "ct state related meta l4proto { icmp, ipv6-icmp } drop";

    /** Private, local and reserved networks: what is in the house, or is no host. */
    private static final List<String> HOUSE_4 = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "224.0.0.0/3");

    private static final List<String> HOUSE_6 = List.of("::/127", "fc00::/7", "fe80::/10", "ff00::/8");

    /**
     * The plan for the listeners of {@code config}.
     *
     * @param localResolver whether the resolver of the system runs on this machine
     * @throws Stop if there is no listener to send anything to
     */
    static GatewayPlan of(Config config, boolean ipv6, boolean localResolver) throws Stop {
        Optional<ListenerSettings> tproxy = first(config.listenerSettings(), ofType(TPROXY));
        Optional<ListenerSettings> redirect = first(config.listenerSettings(), ofType("redirect"));
        if (tproxy.isEmpty() && redirect.isEmpty()) {
            throw new Stop(
                    ExitCode.CONFIG,
                    "the config has no listener of type tproxy or redirect, such as"
                            + " {type: tproxy, listen: \"[::]:7893\", lan: trusted}");
        }
        // What asks that resolver must not answer it: neither would ever know.
        boolean loop =
                localResolver && config.dns().direct().stream().allMatch(upstream -> upstream.equals(Upstream.SYSTEM));
        // UDP that is redirected can come only to the listener for queries itself.
        Optional<ListenerSettings> dns = first(
                config.plainDns(),
                listener ->
                        tproxy.isPresent() || !listener.listen().getAddress().isLoopbackAddress());
        FakeOptions fake = config.dns().replies().fake();
        List<Cidr> fakes =
                fake.on() ? List.of(fake.ranges().ipv4(), fake.ranges().ipv6()) : List.of();
        return new GatewayPlan(redirect.or(() -> tproxy), tproxy, dns, !loop, ipv6, fakes);
    }

    private static Predicate<ListenerSettings> ofType(String type) {
        return listener -> listener.type().equals(type);
    }

    private static Optional<ListenerSettings> first(
            List<ListenerSettings> listeners, Predicate<ListenerSettings> wanted) throws Stop {
        Optional<ListenerSettings> found = listeners.stream().filter(wanted).findFirst();
        if (found.isPresent() && found.get().listen().getPort() == 0) {
            throw new Stop(ExitCode.CONFIG, "listener \"" + found.get().name() + "\" needs a port other than 0");
        }
        return found;
    }

    private boolean redirects() {
        return tcp.isPresent() && !tcp.get().type().equals(TPROXY);
    }

    /** Routes are for TPROXY alone: they bring what this machine sends back to it. */
    private boolean routes() {
        return udp.isPresent();
    }

    /** What {@code ip} is told, each a list of arguments; said twice, it is refused as existing and changes nothing. */
    List<List<String>> addRoutes() {
        List<List<String>> commands = new ArrayList<>();
        if (routes()) {
            for (String family : takesIpv6(udp) ? List.of("-4", "-6") : List.of("-4")) {
                commands.add(words(family + " route replace local default dev lo table " + ROUTES));
                commands.add(words(family + " rule add " + rule()));
            }
        }
        return commands;
    }

    /** What {@code ip} is told to remove all that any plan may have added. */
    static List<List<String>> removeRoutes() {
        List<List<String>> commands = new ArrayList<>();
        for (String family : List.of("-4", "-6")) {
            commands.add(words(family + " rule del " + rule()));
            commands.add(words(family + " route flush table " + ROUTES));
        }
        return commands;
    }

    private static String rule() {
        return "pref " + PREFERENCE + " fwmark " + hex(ROUTED_MARK) + " lookup " + ROUTES;
    }

    private static List<String> words(String command) {
        return List.of(command.split(" ", -1));
    }

    /** What the administrator may want to know, or to set elsewhere, which is not ours to touch. */
    List<String> hints() {
        List<String> hints = new ArrayList<>();
        if (dns.isEmpty()) {
            hints.add("Queries to name servers outside show the names that rules tunnel. To answer them here:"
                    + " {type: dns, listen: \"[::]:5335\", lan: trusted}");
        }
        if (dns.isPresent()) {
            hints.add("Queries to this machine itself are left alone. If dnsmasq serves its network:");
            InetSocketAddress listen = dns.get().listen();
            if (listen.getPort() == 53) {
                hints.add("  port=0");
            } else {
                String host =
                        listen.getAddress().isAnyLocalAddress() ? "127.0.0.1" : Addresses.text(listen.getAddress());
                hints.add("  no-resolv");
                hints.add("  cache-size=0");
                hints.add("  server=" + host + "#" + listen.getPort());
            }
            hints.add("  dhcp-option=option:router,0.0.0.0");
            hints.add("  dhcp-option=option:dns-server,0.0.0.0");
            if (ipv6) {
                hints.add("  dhcp-option=option6:dns-server,[::]");
            }
        }
        return hints;
    }

    /** What {@code nft -f} is told to remove the table, there or not. */
    static String removeTable() {
        return "table " + TABLE + "\ndelete table " + TABLE + "\n";
    }

    /** What {@code nft -f} is told: the table as it should be, instead of the one that may be there. */
    String table() {
        Script out = new Script(removeTable());
        out.open("table " + TABLE);
        skip(out, toFakes());
        if (routes()) {
            tproxy(out);
        }
        if (redirects()) {
            nat(out, "prerouting", "dstnat", true);
            nat(out, "output", "-100", false);
        }
        List<String> closed = closed();
        List<String> passing = new ArrayList<>(List.of(ERRORS));
        passing.addAll(closed);
        filter(out, "forward", passing);
        if (!closed.isEmpty()) {
            filter(out, "output", closed);
        }
        return out.close().text();
    }

    private static void skip(Script out, List<String> toFakes) {
        out.open("chain here");
        out.line("ct direction reply accept");
        out.line("fib daddr type { local, broadcast, anycast, multicast } accept");
        out.close();
        out.open("chain skip");
        out.line("jump here");
        toFakes.forEach(match -> out.line(match + " return"));
        out.line("ip daddr { " + String.join(", ", HOUSE_4) + " } accept");
        out.line("ip6 daddr { " + String.join(", ", HOUSE_6) + " } accept");
        out.close();
    }

    /** Nobody listens: then packets wait, as they would for a host that is away. */
    private void tproxy(Script out) {
        String kinds = redirects() ? "meta l4proto udp" : "meta l4proto { tcp, udp }";
        out.open("chain prerouting");
        out.line("type filter hook prerouting priority mangle; policy accept;");
        out.line("iif lo meta mark != " + hex(ROUTED_MARK) + " accept");
        skipButQueries(out);
        for (String family : takesIpv6(udp) ? List.of("ip", "ip6") : List.of("ip")) {
            String match = nfproto(family) + " " + kinds;
            int port = udp.map(listener -> listener.listen().getPort()).orElse(0);
            out.line(match + " tproxy " + family + " to :" + port + " meta mark set " + hex(ROUTED_MARK) + " accept");
            out.line(match + " drop");
        }
        out.close();
        out.open("chain output");
        out.line("type route hook output priority mangle; policy accept;");
        out.line("meta mark != 0 accept");
        out.line("udp sport { 68, 546 } udp dport { 67, 547 } accept"); // DHCP, which answers ports and not sockets
        skipOwn(out);
        String families = takesIpv6(udp) ? "" : nfproto("ip") + " ";
        out.line(families + kinds + " meta mark set " + hex(ROUTED_MARK));
        out.close();
    }

    private void nat(Script out, String hook, String priority, boolean network) {
        out.open("chain " + hook + "-nat");
        out.line("type nat hook " + hook + " priority " + priority + "; policy accept;");
        if (network) {
            out.line("iif lo accept");
            skipButQueries(out);
            if (udp.isEmpty()) {
                dns.map(GatewayPlan::taking).ifPresent(out::line);
            }
        } else {
            out.line("meta mark != 0 accept");
            skipOwn(out);
        }
        String families = takesIpv6(tcp) ? "" : nfproto("ip") + " ";
        out.line(families + "meta l4proto tcp redirect to :"
                + tcp.map(listener -> listener.listen().getPort()).orElse(0));
        out.close();
    }

    /** A name server in the house is beyond this machine like any other: the router of the provider often is one. */
    private void skipButQueries(Script out) {
        if (dns.isPresent()) {
            out.line("jump here");
            out.line(NO_QUERIES + SKIP);
        } else {
            out.line(SKIP);
        }
    }

    private void skipOwn(Script out) {
        out.line(SKIP);
        if (dns.isPresent() && !ownQueries) {
            out.line(QUERIES + "accept");
        }
    }

    private void filter(Script out, String hook, List<String> lines) {
        out.open("chain " + hook + "-filter");
        out.line("type filter hook " + hook + " priority filter; policy accept;");
        if (hook.equals("output")) {
            out.line("meta mark != 0 accept");
        }
        out.line(SKIP);
        lines.forEach(out::line);
        out.close();
    }

    /** What must not pass by: of UDP, where no listener takes it, the web, since browsers would prefer it to TCP. */
    private List<String> closed() {
        List<String> lines = new ArrayList<>();
        toFakes().forEach(match -> lines.add(match + " reject"));
        if (udp.isEmpty()) {
            lines.add("udp dport 443 reject");
        } else if (!takesIpv6(udp)) {
            lines.add(nfproto("ip6") + " meta l4proto udp reject");
        }
        if (!takesIpv6(tcp)) {
            lines.add(nfproto("ip6") + " meta l4proto tcp reject");
        }
        return lines;
    }

    private List<String> toFakes() {
        return fakes.stream()
                .map(range -> (range.isV4() ? "ip" : "ip6") + " daddr " + range)
                .toList();
    }

    /** UDP queries of the families that the listener has; the kernel lets answers come from who was asked. */
    private static String taking(ListenerSettings listener) {
        InetAddress address = listener.listen().getAddress();
        boolean six = address instanceof Inet6Address;
        String family = six ? "ip6" : "ip";
        String port = ":" + listener.listen().getPort();
        return address.isAnyLocalAddress()
                ? (six ? "" : nfproto(family) + " ") + "udp dport 53 redirect to " + port
                : nfproto(family) + " udp dport 53 dnat " + family + " to " + Sockets.text(listener.listen());
    }

    private boolean takesIpv6(Optional<ListenerSettings> listener) {
        return ipv6 && listener.isPresent() && listener.get().listen().getAddress() instanceof Inet6Address;
    }

    private static String nfproto(String family) {
        return "meta nfproto " + (family.equals("ip6") ? "ipv6" : "ipv4");
    }

    private static String hex(int mark) {
        return "0x" + Integer.toHexString(mark);
    }

    /** Text in braces. */
    private static final class Script {
        private final StringBuilder out;
        private String indent = "";

        Script(String start) {
            out = new StringBuilder(start);
        }

        void open(String head) {
            line(head + " {");
            indent += "  ";
        }

        void line(String text) {
            out.append(indent).append(text).append('\n');
        }

        Script close() {
            indent = indent.substring(2);
            line("}");
            return this;
        }

        String text() {
            return out.toString();
        }
    }
}

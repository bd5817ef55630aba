package dev.fenliu.transport;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a {@code transport} section says.
 *
 * @param path of the request, beginning with a slash, without query at a server end; of a gRPC service that and its call,
 *     or several calls with bars between them
 * @param hosts what the client names in {@code Host}, one of them if they are many; what the server demands, any of them.
 *     Empty: the client names the server, and the server demands nothing
 * @param earlyData the most bytes of payload that a WebSocket client sends along with its request; 0 for none
 */
public record TransportOptions(Kind kind, String path, List<String> hosts, int earlyData) {
    /** What {@code type} says. */
    public enum Kind {
        WS("http/1.1"),
        H2("h2"),
        GRPC("h2"),
        HTTPUPGRADE("http/1.1");

        private final String protocol;

        Kind(String protocol) {
            this.protocol = protocol;
        }

        /** Whether a stream is a request of HTTP/2. */
        boolean isCall() {
            return protocol.equals("h2");
        }
    }

    public TransportOptions {
        hosts = List.copyOf(hosts);
    }

    /** The one application protocol that a client speaks: what TLS has to agree on, whatever else is asked. */
    public List<String> alpn() {
        return List.of(kind.protocol);
    }

    /** The application protocols of a server, in order: what clients speak, and what every web server does. */
    public List<String> serverAlpn() {
        return kind.isCall() ? List.of(kind.protocol, "http/1.1") : alpn();
    }

    /** What a server answers to, and a client asks for the first of: a gRPC service can have several names for its call. */
    List<String> paths() {
        int last = path.lastIndexOf('/') + 1;
        return kind == Kind.GRPC
                ? Stream.of(path.substring(last).split("\\|", -1))
                        .map(call -> path.substring(0, last) + call)
                        .toList()
                : List.of(path);
    }

    /** Whether a server takes a request for this host; the client may name a port that nobody asked it for. */
    boolean admits(String host) {
        String given = host.toLowerCase(Locale.ROOT);
        String name = given.replaceFirst(":[0-9]+$", "");
        return hosts.isEmpty()
                || hosts.stream().map(each -> each.toLowerCase(Locale.ROOT)).anyMatch(it -> it.equals(given) || it.equals(name));
    }
}

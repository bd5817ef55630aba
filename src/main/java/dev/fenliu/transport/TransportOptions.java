package dev.fenliu.transport;

import java.util.List;

/**
 * What a {@code transport} section says.
 *
 * @param path of the request, beginning with a slash, without query at a server end
 * @param hosts what the client names in {@code Host}, one of them if they are many; what the server demands, any of them.
 *     Empty: the client names the server, and the server demands nothing
 * @param earlyData the most bytes of payload that a WebSocket client sends along with its request; 0 for none
 */
public record TransportOptions(Kind kind, String path, List<String> hosts, int earlyData) {
    /** What {@code type} says. */
    public enum Kind {
        WS("http/1.1"),
        HTTPUPGRADE("http/1.1");

        private final String protocol;

        Kind(String protocol) {
            this.protocol = protocol;
        }
    }

    public TransportOptions {
        hosts = List.copyOf(hosts);
    }

    /** The one application protocol that the transport is spoken in: what TLS has to agree on, whatever else is asked. */
    public List<String> alpn() {
        return List.of(kind.protocol);
    }
}

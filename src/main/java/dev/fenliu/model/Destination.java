package dev.fenliu.model;

/** A host and a port, kept unresolved until something dials it. */
public record Destination(Host host, int port) {
    /** @throws IllegalArgumentException if {@code port} is not 1 to 65535 */
    public Destination {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 1-65535)");
        }
    }

    /**
     * Reads {@code host:port}, with IPv6 in brackets.
     *
     * @throws IllegalArgumentException if the host or the port is missing or malformed; the message says which
     */
    public static Destination parse(String text) {
        if (text.indexOf('/') >= 0 || text.indexOf('@') >= 0) {
            throw new IllegalArgumentException("this is no host:port (expected: without scheme, user and path)");
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0 || text.indexOf(']') > colon) {
            throw new IllegalArgumentException("no port in \"" + text + "\" (expected: host:port)");
        }
        String host = text.substring(0, colon);
        if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
            throw new IllegalArgumentException("\"" + text + "\" (an IPv6 address needs brackets: [address]:port)");
        }
        return new Destination(Host.parse(host), port(text.substring(colon + 1)));
    }

    /** Reads a decimal port. @throws IllegalArgumentException if it is not 1 to 65535 */
    public static int port(String text) {
        int port = text.length() > 5 || text.isEmpty() ? 0 : 1;
        for (int i = 0; i < text.length() && port != 0; i++) {
            port = text.charAt(i) >= '0' && text.charAt(i) <= '9' ? port : 0;
        }
        port = port == 0 ? 0 : Integer.parseInt(text);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port \"" + text + "\" (expected: 1-65535)");
        }
        return port;
    }

    @Override
    public String toString() {
        return (host instanceof Host.Address address && address.value() instanceof java.net.Inet6Address
                        ? "[" + host + "]"
                        : host.toString())
                + ":" + port;
    }
}

package dev.fenliu.tunnel.https2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.handler.codec.http.QueryStringDecoder;

/** The path by which a request asks for UDP to a destination, in the form that every server has (RFC 9298 section 3). */
final class UdpPath {
    private static final String PREFIX = "/.well-known/masque/udp/";

    private UdpPath() {}

    static String of(Destination destination) {
        return PREFIX + destination.host().toString().replace("%", "%25").replace(":", "%3A") + "/" + destination.port()
                + "/";
    }

    /** Reads one. @throws IllegalArgumentException if it is none; the message says why */
    static Destination parse(String path) {
        int slash = path.indexOf('/', PREFIX.length());
        if (!path.startsWith(PREFIX) || slash < 0 || !path.endsWith("/") || path.length() < slash + 2) {
            throw new IllegalArgumentException("the path is not " + PREFIX + "HOST/PORT/");
        }
        String host = QueryStringDecoder.decodeComponent(
                path.substring(PREFIX.length(), slash).replace("+", "%2B"));
        return new Destination(Host.parse(host), Destination.port(path.substring(slash + 1, path.length() - 1)));
    }
}

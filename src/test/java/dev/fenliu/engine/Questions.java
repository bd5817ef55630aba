package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Question;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Questions about port 443 of a host, asked from this machine. */
final class Questions {
    private Questions() {}

    static Question about(String host) {
        return Question.of(new Flow(
                0,
                Transport.TCP,
                "in",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Destination(Host.parse(host), 443),
                Optional.empty()));
    }
}

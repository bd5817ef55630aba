package dev.fenliu.outbound;

import dev.fenliu.net.Dialer;
import dev.fenliu.net.Resolver;
import java.time.Duration;

/**
 * What a tunnel is given.
 *
 * @param server reaches the tunnel's server: plainly by the bootstrap resolver, or through the outbound that
 *     {@code via} names
 * @param origins resolves the names of origins; for {@code direct} alone, a tunnel sends names to its far end
 * @param mark the firewall mark of sockets whose options have none; for {@code direct} alone too
 */
public record TunnelContext(Dialer server, Resolver origins, int mark) {
    public TunnelContext(Dialer server, Resolver origins) {
        this(server, origins, 0);
    }

    /** From the start of a dial until the tunnel's server is connected and has shown who it is. */
    public static final Duration SERVER_TIMEOUT = Duration.ofMillis(2_500);
}

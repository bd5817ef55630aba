package dev.fenliu.inbound;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dialer;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a listener's protocol is given.
 *
 * @param handler takes the flows
 * @param plain dials directly; only for a site that strangers are handed to
 */
public record ListenerContext(ListenerSettings settings, FlowHandler handler, Dialer plain) {
    /** The facts of a stream that {@code client} asks for, with a fresh id. */
    public Flow flow(Channel client, Destination destination, Optional<String> user) {
        return new Flow(handler.nextId(), Transport.TCP, settings.name(), source(client), destination, user);
    }

    /** Where {@code client} comes from, without a zone. */
    public static InetSocketAddress source(Channel client) {
        InetSocketAddress remote = (InetSocketAddress) client.remoteAddress();
        return new InetSocketAddress(Addresses.plain(remote.getAddress()), remote.getPort());
    }
}

package dev.fenliu.transport;

import dev.fenliu.net.site.Site;
import io.netty.channel.Channel;
import java.util.function.Consumer;

/**
 * The server end of a transport, between TLS and the tunnel's own handshake. Thread-safe.
 *
 * @param site what strangers see: whoever asks for anything else
 */
public record ServerTransport(TransportOptions options, Site site) {
    /**
     * Puts the transport on a client's channel, above TLS, on its event loop. The time that TLS has is not this one's: a
     * client that says nothing is borne with for some time that is drawn when the handshake of TLS is over.
     *
     * @param protocol gives a channel what reads the tunnel's handshake; called for each stream that a client opens, with a
     *     channel that carries payload only. That handler is then told
     *     {@link io.netty.handler.ssl.SslHandshakeCompletionEvent#SUCCESS}, as it would be directly above TLS, before
     *     any byte. Clients of it have proven nothing yet but that they know the transport: a stranger among them is best
     *     met with silence.
     */
    public void accept(Channel client, Consumer<Channel> protocol) {
        client.pipeline()
                .addLast(
                        options.kind().isCall()
                                ? new CallServer(options, site, protocol)
                                : new UpgradeServer(options, site, protocol));
    }
}

package dev.fenliu.inbound.dns;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.DnsClient;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Addresses;
import dev.fenliu.net.ServerTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** DNS at work: hands each message upward and its answer back. Safe for concurrent use. */
public final class DnsAcceptor implements Acceptor {
    private static final String HTTP_2 = "h2";
    private static final String DNS_OVER_TLS = "dot";

    /** What clients may choose from; one that names nothing speaks DNS over TLS (RFC 7858 section 3.2). */
    static final List<String> ALPN = List.of(HTTP_2, DNS_OVER_TLS);

    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);

    private final ListenerContext context;
    private final @Nullable ServerTls tls;
    private final ClientRates rates = new ClientRates(System::nanoTime);

    /** @param tls what clients must speak, if anything */
    public DnsAcceptor(ListenerContext context, @Nullable ServerTls tls) {
        this.context = context;
        this.tls = tls;
    }

    @Override
    public void accept(Channel client) {
        if (tls == null) {
            StreamQueries.on(client, this);
            return;
        }
        tls.secure(client, TLS_TIMEOUT).addListener(secured -> {
            if (!secured.isSuccess()) {
                return; // it is closed
            }
            if (ServerTls.applicationProtocol(client).equals(Optional.of(HTTP_2))) {
                HandshakeDeadline.over(client);
                HttpsQueries.on(client, this);
            } else {
                StreamQueries.on(client, this);
            }
        });
    }

    @Override
    public Optional<ChannelHandler> datagrams() {
        return tls == null ? Optional.of(new DatagramQueries(this)) : Optional.empty();
    }

    /** Whether a client may ask once more. */
    public boolean admits(InetAddress client) {
        return rates.admits(client);
    }

    /** The answer, as {@link dev.fenliu.inbound.FlowHandler#query} says. */
    public Future<byte[]> answer(InetSocketAddress client, byte[] message, boolean datagram, EventLoop loop) {
        InetSocketAddress plain = new InetSocketAddress(Addresses.plain(client.getAddress()), client.getPort());
        return context.handler().query(message, new DnsClient(context.settings().name(), plain, datagram, loop));
    }
}

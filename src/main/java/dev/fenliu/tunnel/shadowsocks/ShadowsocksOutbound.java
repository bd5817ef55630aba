package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.outbound.Doubt;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client end. Shadowsocks has no handshake: a stream is there once the server's socket is, and a wrong password
 * shows only in what the server then does not answer. Safe for concurrent use.
 */
final class ShadowsocksOutbound implements Outbound {
    private static final Logger LOG = LoggerFactory.getLogger(ShadowsocksOutbound.class);

    private final Upstream upstream;
    private final Supplier<Greeting> greetings;
    private final Supplier<PacketCodec> codecs;
    private final Doubt doubt;
    private final RareLog badAnswers = new RareLog(LOG);

    ShadowsocksOutbound(String name, ShadowsocksOptions options, TunnelContext context, Clocks clocks) {
        this.upstream = new Upstream(name, options.server(), context.server(), Optional.empty());
        ClientKeys keys = ClientKeys.of(options.method(), options.password());
        if (options.method().is2022()) {
            ReplayWindow answers = new ReplayWindow(clocks);
            this.greetings = () -> new ClientGreeting(keys, clocks, answers);
            this.codecs = () -> new ClientSession(keys, clocks);
            this.doubt = new Doubt(
                    LOG,
                    upstream,
                    () -> "are method and password the server's, and do the clocks of both agree to "
                            + Clocks.MAX_SECONDS_OFF + " s? (here it is " + clocks.text() + ")");
        } else {
            SaltFilter streams = new SaltFilter();
            SaltFilter packets = new SaltFilter();
            this.greetings = () -> new PlainGreeting(keys.key(), streams);
            this.codecs = () -> new SaltedPackets(keys.key(), packets);
            this.doubt = new Doubt(LOG, upstream, () -> "are password and method the server's?");
        }
    }

    @Override
    public String name() {
        return upstream.outbound();
    }

    /** What the way to the server can carry: streams travel in a stream, datagrams in datagrams. */
    @Override
    public Set<Transport> transports() {
        return upstream.carried();
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return upstream.connect(dial, channel -> {
            ByteBuf header = Unpooled.buffer(SocksAddress.MAX_BYTES);
            SocksAddress.write(dial.destination(), header);
            // No names: Shadowsocks may run inside Shadowsocks.
            channel.pipeline().addLast(new ShadowsocksCodec(greetings.get(), header), new FirstAnswer(this));
        });
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        SealedPackets sealed = new SealedPackets(this, upstream.server(), codecs.get(), sink);
        Deadline deadline = Deadline.start(
                dial.loop(),
                TunnelContext.SERVER_TIMEOUT,
                () -> result.tryFailure(
                        down(new Failure(Failure.Kind.TIMEOUT, upstream.server() + " did not answer in time"))));
        Future<PacketTunnel> opening = upstream.dialer().openPackets(dial.to(upstream.server()), sealed);
        result.addListener(done -> opening.cancel(false)); // too late for it, or no more than a no-op
        opening.addListener((Future<PacketTunnel> opened) -> {
            deadline.cancel();
            if (!opened.isSuccess()) {
                result.tryFailure(down(Failure.of(opened.cause())));
            } else if (!result.trySuccess(sealed.over(opened.getNow()))) {
                sealed.close();
            }
        });
        return result;
    }

    /** A failure on the way to the server, as the user of this tunnel sees it. */
    Failure down(Failure cause) {
        return upstream.named(Upstream.down(cause));
    }

    /** Whether password and method are the server's: what it sends opens then. */
    Doubt doubt() {
        return doubt;
    }

    /** The server sent what does not open. */
    Failure garbled(Failure cause) {
        Failure failure =
                upstream.named(new Failure(Failure.Kind.TUNNEL_PROTOCOL, upstream.server() + ": " + cause.text()));
        badAnswers.warn(failure.text());
        return failure;
    }
}

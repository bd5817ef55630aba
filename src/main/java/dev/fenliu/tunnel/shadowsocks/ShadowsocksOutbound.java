package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.event.Level;

/**
 * The client end. Shadowsocks has no handshake: a stream is there once the server's socket is, and a wrong password
 * shows only in what the server then does not answer. Safe for concurrent use.
 */
final class ShadowsocksOutbound implements Outbound {
    private final String name;
    private final Destination server;
    private final Dialer dialer;
    private final MasterKey key;
    private final SaltFilter streams = new SaltFilter();
    private final SaltFilter packets = new SaltFilter();
    private final Complaint badAnswers = new Complaint(Level.WARN);
    private volatile boolean proven;

    ShadowsocksOutbound(String name, ShadowsocksOptions options, TunnelContext context) {
        this.name = name;
        this.server = options.server();
        this.dialer = context.server();
        this.key = MasterKey.of(options.method(), options.password());
    }

    @Override
    public String name() {
        return name;
    }

    /** What the way to the server can carry: streams travel in a stream, datagrams in datagrams. */
    @Override
    public Set<Transport> transports() {
        return dialer instanceof Outbound carrier ? carrier.transports() : Set.of(Transport.TCP, Transport.UDP);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return reach(dial, dialer.connect(dial.to(server)), Channel::close, channel -> {
            ByteBuf header = Unpooled.buffer(SocksAddress.MAX_BYTES);
            SocksAddress.write(dial.destination(), header);
            channel.pipeline()
                    .addLast("shadowsocks", new ShadowsocksCodec(key, streams, header))
                    .addLast("first-answer", new FirstAnswer(this));
            return channel;
        });
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        SealedPackets sealed = new SealedPackets(this, server, new PacketCodec(key, packets), sink);
        return reach(dial, dialer.openPackets(dial.to(server), sealed), PacketTunnel::close, sealed::over);
    }

    /** What the dialer of the server gave, made ours, within the time that a server has. */
    private <T> Future<T> reach(Dial dial, Future<T> reached, Consumer<T> discard, Function<T, T> adopt) {
        Promise<T> promise = dial.loop().newPromise();
        long millis = TunnelContext.SERVER_TIMEOUT.toMillis();
        ScheduledFuture<?> timer = dial.loop()
                .schedule(
                        () -> promise.tryFailure(
                                down(Failure.Kind.TUNNEL_DOWN, server + ": no answer in " + millis / 1000.0 + " s")),
                        millis,
                        TimeUnit.MILLISECONDS);
        reached.addListener((Future<T> done) -> {
            timer.cancel(false);
            if (!done.isSuccess()) {
                promise.tryFailure(down(Failure.of(done.cause())));
            } else if (promise.isDone() || !promise.setUncancellable()) {
                discard.accept(done.getNow()); // too late, or nobody waits any more
            } else {
                promise.setSuccess(adopt.apply(done.getNow()));
            }
        });
        return promise;
    }

    /** A failure on the way to the server, as the user of this tunnel sees it. */
    Failure down(Failure cause) {
        Failure.Kind kind = cause.kind() == Failure.Kind.UNSUPPORTED ? cause.kind() : Failure.Kind.TUNNEL_DOWN;
        return down(kind, cause.text());
    }

    private Failure down(Failure.Kind kind, String text) {
        return new Failure(kind, "tunnel \"" + name + "\": " + text);
    }

    /** The server has sent something that opens: password and method are right. */
    void proven() {
        if (!proven) {
            proven = true;
        }
    }

    /** A flow ended before the server had sent anything. */
    void unanswered() {
        if (!proven) {
            badAnswers.raise("tunnel \"" + name + "\": " + server
                    + " takes connections but has answered none: are password and method the server's?");
        }
    }

    /** The server sent what does not open. */
    Failure garbled(Failure cause) {
        Failure failure = down(Failure.Kind.TUNNEL_PROTOCOL, server + ": " + cause.text());
        badAnswers.raise(failure.text());
        return failure;
    }
}

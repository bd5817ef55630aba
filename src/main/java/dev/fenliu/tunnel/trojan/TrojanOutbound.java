package dev.fenliu.tunnel.trojan;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The client end: a TLS connection for each stream and for each UDP association. The server answers nothing, so a wrong
 * password or an unreachable origin shows only as a stream that ends. The end of a stream is a close_notify. Of the
 * servers seen, trojan 1.16 takes it for the end of both directions, and V2Ray 4.34 does not pass it on, yet lets an
 * answer through that comes within a second. Safe for concurrent use.
 */
final class TrojanOutbound implements Outbound {
    private final String name;
    private final Destination server;
    private final byte[] key;
    private final ClientTls tls;
    private final Dialer dialer;

    TrojanOutbound(String name, TrojanOptions options, ClientTls tls, Dialer dialer) {
        this.name = name;
        this.server = options.server();
        this.key = TrojanKey.of(options.password());
        this.tls = tls;
        this.dialer = dialer;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Transport> transports() {
        return EnumSet.allOf(Transport.class);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        Promise<Channel> result = dial.loop().newPromise();
        open(dial, TrojanRequest.Command.CONNECT, result);
        return result;
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<Channel> opened = dial.loop().newPromise();
        Promise<PacketTunnel> result = dial.loop().newPromise();
        opened.addListener(done -> {
            if (!done.isSuccess()) {
                result.tryFailure(done.cause());
                return;
            }
            Channel channel = opened.getNow();
            PacketStream packets = new PacketStream(sink, why -> named(Failure.Kind.TUNNEL_DOWN, why));
            channel.pipeline().addLast("packets", packets);
            if (!result.trySuccess(packets)) {
                packets.close();
            }
        });
        result.addListener(done -> opened.cancel(false)); // a no-op unless the caller gave up
        open(dial, TrojanRequest.Command.DATAGRAMS, opened);
        return result;
    }

    /** Connects, secures, and leaves the request in the pipeline for the first write to take along. */
    private void open(Dial dial, TrojanRequest.Command command, Promise<Channel> result) {
        long started = System.nanoTime();
        ScheduledFuture<?> deadline = dial.loop()
                .schedule(
                        () -> result.tryFailure(named(Failure.Kind.TUNNEL_DOWN, server + " did not answer in time")),
                        TunnelContext.SERVER_TIMEOUT.toMillis(),
                        TimeUnit.MILLISECONDS);
        Future<Channel> connecting = dialer.connect(dial.to(server));
        result.addListener(done -> connecting.cancel(false));
        connecting.addListener(connected -> {
            deadline.cancel(false); // TLS has its own
            if (!connected.isSuccess()) {
                result.tryFailure(named(connected.cause()));
            } else {
                Duration left = TunnelContext.serverTimeLeft(started);
                secure(connecting.getNow(), left, dial, command, result);
            }
        });
    }

    private void secure(
            Channel channel, Duration left, Dial dial, TrojanRequest.Command command, Promise<Channel> result) {
        result.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
            }
        });
        if (result.isDone()) {
            return;
        }
        tls.secure(channel, server, left).addListener(secured -> {
            if (!secured.isSuccess()) {
                result.tryFailure(named(secured.cause()));
                return;
            }
            ByteBuf request = channel.alloc().buffer(TrojanRequest.MAX_BYTES);
            TrojanRequest.encode(key, command, dial.destination(), request);
            channel.pipeline().addLast("request", new RequestFirst(request));
            result.trySuccess(channel);
        });
    }

    /** Whatever fails on the way to the server means, for the flow, that the tunnel is down. */
    private Failure named(Throwable cause) {
        Failure failure = Failure.of(cause);
        return switch (failure.kind()) {
            case TUNNEL_CERTIFICATE, TUNNEL_PROTOCOL, UNSUPPORTED, OVERLOADED, INTERNAL ->
                named(failure.kind(), failure.text());
            default -> named(Failure.Kind.TUNNEL_DOWN, failure.text());
        };
    }

    private Failure named(Failure.Kind kind, String text) {
        return new Failure(kind, "tunnel \"" + name + "\": " + text);
    }
}

package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.ClientHandshake;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.transport.ClientTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The server of a tunnel as its client end sees it: connected, secured if the tunnel wants TLS, dressed in a transport if
 * it has one, and greeted, in bounded time and with failures that name the outbound. Safe for concurrent use.
 *
 * @param outbound the name of the tunnel, for messages
 * @param dialer reaches {@code server}
 * @param tls what secures the connection, if anything
 * @param transport what carries the tunnel's stream above that, if not the connection itself
 * @param ready connections made ahead of flows, where each carries one and its handshake takes time
 */
public record Upstream(
        String outbound,
        Destination server,
        Dialer dialer,
        Optional<ClientTls> tls,
        Optional<ClientTransport> transport,
        Optional<ReadyConnections> ready) {
    /** For an answer that waits on the origin; the flow's own deadline is shorter. */
    public static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    /** What TLS gets even when the connection took almost all the time. */
    private static final Duration LEAST = Duration.ofMillis(300);

    /** A server whose connections carry the tunnel themselves. */
    public Upstream(String outbound, Destination server, Dialer dialer, Optional<ClientTls> tls) {
        this(outbound, server, dialer, tls, Optional.empty(), Optional.empty());
    }

    /**
     * A server whose streams have a connection each, or what {@code transport} makes of it. With TLS, and unless what leads
     * to the server may change like the members of a group do, some connections are made ahead.
     */
    public static Upstream ofStreams(
            String outbound,
            Destination server,
            Dialer dialer,
            Optional<ClientTls> tls,
            Optional<ClientTransport> transport) {
        boolean alone = transport.isEmpty() || !transport.get().sharesConnections();
        boolean straight = !(dialer instanceof Outbound) || dialer instanceof Direct;
        Optional<ReadyConnections> ready = tls.filter(any -> alone && straight)
                .map(any -> new ReadyConnections(server, System::currentTimeMillis));
        return new Upstream(outbound, server, dialer, tls, transport, ready);
    }

    /**
     * Connects to the server and secures the connection, or takes one that was made ahead, unless it is for traffic of our
     * own: that is rare, or wants to know how long it takes.
     *
     * @param prepare gives the channel what it needs to carry payload only
     * @return on {@code dial.loop()}, a channel that does not read by itself; a failed future holds a {@link Failure}: of
     *     kind {@link Failure.Kind#TUNNEL_DOWN} when the server cannot be reached. Whoever cancels the future gives up;
     *     the connection is then closed.
     */
    public Future<Channel> connect(Dial dial, Consumer<Channel> prepare) {
        Future<Channel> reached =
                ready.isPresent() && dial.flow() != 0 ? ready.get().connect(dial, this::reach) : reach(dial);
        return named(dial, reached, prepare);
    }

    /**
     * The same for a stream that carries datagrams.
     *
     * @param packets makes what stands on top of it, given what names a failure of the stream
     */
    public <T extends ChannelHandler & PacketTunnel> Future<PacketTunnel> connectPackets(
            Dial dial, Consumer<Channel> prepare, Function<Function<String, Failure>, T> packets) {
        Future<Channel> connecting = connect(dial, prepare);
        Promise<PacketTunnel> result = dial.loop().newPromise();
        result.addListener(done -> connecting.cancel(false)); // a no-op unless the caller gave up
        connecting.addListener((Future<Channel> connected) -> {
            if (!connected.isSuccess()) {
                result.tryFailure(connected.cause());
                return;
            }
            T tunnel = packets.apply(why -> named(new Failure(Failure.Kind.TUNNEL_DOWN, why)));
            connected.getNow().pipeline().addLast(tunnel);
            if (!result.trySuccess(tunnel)) {
                tunnel.close();
            }
        });
        return result;
    }

    /** As {@link #connect}, and negotiates: from then on the channel carries payload only. */
    public Future<Channel> open(Dial dial, Negotiation negotiation) {
        Promise<Channel> negotiated = dial.loop().newPromise();
        Future<Channel> reached = reach(dial);
        negotiated.addListener(done -> reached.cancel(false)); // when the caller gives up; else a no-op
        reached.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                negotiated.tryFailure(done.cause());
                return;
            }
            Deadline greeting = Deadline.start(
                    dial.loop(), TunnelContext.SERVER_TIMEOUT, () -> negotiated.tryFailure(unanswered()));
            negotiated.addListener(over -> greeting.cancel());
            ClientHandshake.start(done.getNow(), negotiation, negotiated, () -> {
                greeting.cancel();
                dial.reached().run();
                String text = dial.destination() + ": no answer from " + server + " in time";
                Deadline answer = Deadline.start(
                        dial.loop(),
                        ANSWER_TIMEOUT,
                        () -> negotiated.tryFailure(new Failure(Failure.Kind.TIMEOUT, text)));
                negotiated.addListener(over -> answer.cancel());
            });
        });
        return named(dial, negotiated, channel -> {});
    }

    /** The same without anything of the outbound's: failures do not name it. For connections that flows share. */
    public Future<Channel> reach(Dial dial) {
        return transport.isEmpty()
                ? secured(dial)
                : transport.get().open(dial, TunnelContext.SERVER_TIMEOUT, this::secured);
    }

    private Future<Channel> secured(Dial dial) {
        long started = dial.loop().ticker().nanoTime();
        Promise<Channel> result = dial.loop().newPromise();
        Deadline deadline =
                Deadline.start(dial.loop(), TunnelContext.SERVER_TIMEOUT, () -> result.tryFailure(unanswered()));
        Future<Channel> connecting = dialer.connect(dial.to(server));
        result.addListener(done -> connecting.cancel(false)); // too late for it, or no more than a no-op
        connecting.addListener((Future<Channel> done) -> {
            deadline.cancel(); // TLS has its own
            if (!done.isSuccess()) {
                result.tryFailure(down(done.cause()));
            } else if (result.isDone()) {
                done.getNow().close();
            } else if (tls.isEmpty()) {
                result.trySuccess(done.getNow());
            } else {
                Duration left = TunnelContext.SERVER_TIMEOUT.minusNanos(
                        dial.loop().ticker().nanoTime() - started);
                secure(done.getNow(), tls.get(), left.compareTo(LEAST) < 0 ? LEAST : left, result);
            }
        });
        return result;
    }

    private void secure(Channel channel, ClientTls tls, Duration time, Promise<Channel> result) {
        result.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close(); // in the midst of the TLS handshake, perhaps
            }
        });
        tls.secure(channel, server, time).addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                result.trySuccess(channel);
            } else {
                result.tryFailure(down(done.cause()));
            }
        });
    }

    /** Lets go of connections that are kept; streams that are open go on. */
    public void close() {
        transport.ifPresent(ClientTransport::close);
        ready.ifPresent(ReadyConnections::close);
    }

    /** What the way to the server carries. */
    public Set<Transport> carried() {
        return dialer instanceof Outbound carrier ? carrier.transports() : Set.of(Transport.TCP, Transport.UDP);
    }

    private Failure unanswered() {
        return new Failure(Failure.Kind.TUNNEL_DOWN, server + " did not answer in time");
    }

    /** The same channel, or the same failure with the name of the outbound; gives up when the caller does. */
    private Future<Channel> named(Dial dial, Future<Channel> made, Consumer<Channel> prepare) {
        Promise<Channel> result = dial.loop().newPromise();
        made.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                result.tryFailure(named(Failure.of(done.cause())));
                return;
            }
            prepare.accept(done.getNow());
            if (!result.trySuccess(done.getNow())) {
                done.getNow().close();
            }
        });
        result.addListener(done -> made.cancel(false));
        return result;
    }

    /** A failure on the way to the server: for the flow it means that the tunnel is down. */
    public static Failure down(Throwable cause) {
        Failure failure = Failure.of(cause);
        return switch (failure.kind()) {
            case TUNNEL_DOWN, TUNNEL_PROTOCOL, TUNNEL_CERTIFICATE, UNSUPPORTED, OVERLOADED, INTERNAL -> failure;
            default -> new Failure(Failure.Kind.TUNNEL_DOWN, failure.text(), failure);
        };
    }

    /** The same failure with the name of the outbound in front. */
    public Failure named(Failure failure) {
        return new Failure(failure.kind(), "outbound \"" + outbound + "\": " + failure.text(), failure);
    }
}

package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.QuicTls;
import dev.fenliu.outbound.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The client end: a QUIC connection for each event loop that has flows, kept while it has some and for two minutes more,
 * with a stream for each flow and a session for each UDP association. Safe for concurrent use.
 */
final class Hysteria2Outbound implements Outbound {
    private final String name;
    private final Hysteria2Options options;
    private final Dialer dialer;
    private final QuicTls tls;
    private final Map<EventLoop, Link> links = new ConcurrentHashMap<>();

    Hysteria2Outbound(String name, Hysteria2Options options, Dialer dialer, QuicTls tls) {
        this.name = name;
        this.options = options;
        this.dialer = dialer;
        this.tls = tls;
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
        connect(dial, result, true);
        return result;
    }

    /** A connection that turns out to be dead has carried nothing of the flow yet: another one may, once. */
    private void connect(Dial dial, Promise<Channel> result, boolean again) {
        whenUp(dial, result, connection -> {
            Promise<Channel> stream = dial.loop().newPromise();
            result.addListener(done -> stream.cancel(false)); // when the caller gives up; else a no-op
            stream.addListener((Future<Channel> done) -> {
                if (done.isSuccess()) {
                    if (!result.trySuccess(done.getNow())) {
                        done.getNow().close();
                    }
                } else if (again && connection.isDead() && !result.isDone()) {
                    connect(dial, result, false);
                } else {
                    result.tryFailure(named(done.cause()));
                }
            });
            connection.open(dial.destination(), stream);
        });
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        whenUp(dial, result, connection -> {
            if (!connection.carriesUdp()) {
                result.tryFailure(named(new Failure(Failure.Kind.UNSUPPORTED, "the server carries no UDP")));
                return;
            }
            ClientPackets packets = connection.packets(named(sink));
            if (!result.trySuccess(packets)) {
                packets.close();
            }
        });
        return result;
    }

    private PacketSink named(PacketSink sink) {
        return new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                sink.receive(from, payload);
            }

            @Override
            public void closed(Failure why) {
                sink.closed(named(why));
            }
        };
    }

    private void whenUp(Dial dial, Promise<?> result, Consumer<Connection> then) {
        Link link = links.computeIfAbsent(dial.loop(), loop -> new Link(loop, options, dialer, tls));
        link.connection().addListener((Future<Connection> up) -> {
            if (!up.isSuccess()) {
                result.tryFailure(named(up.cause()));
            } else if (!result.isDone()) {
                then.accept(up.getNow());
            }
        });
    }

    private Failure named(Throwable cause) {
        Failure failure = Failure.of(cause);
        return new Failure(failure.kind(), "outbound \"" + name + "\": " + failure.text(), failure);
    }
}

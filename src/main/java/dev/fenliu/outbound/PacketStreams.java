package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of an association where a stream of the tunnel carries those of one destination: a stream for each, at
 * most {@value #MOST}, of which the one used longest ago makes room. One that ends by itself is forgotten, and the next
 * datagram opens another; the association ends with the last. Confined to the event loop of its dial.
 */
public final class PacketStreams implements PacketTunnel {
    static final int MOST = 64;
    /** While a stream is being opened, of each. */
    private static final int MAX_WAITING = 8;

    /** Opens the stream of one destination. */
    @FunctionalInterface
    public interface Opener {
        /** As {@link dev.fenliu.net.Dialer#openPackets}; everything is sent to {@code dial.destination()}. */
        Future<PacketTunnel> open(Dial dial, PacketSink sink);
    }

    private final Dial dial;
    private final PacketSink sink;
    private final Opener opener;
    private final Map<Destination, Stream> streams = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    private PacketStreams(Dial dial, PacketSink sink, Opener opener) {
        this.dial = dial;
        this.sink = sink;
        this.opener = opener;
    }

    /** Opens the stream of {@code dial.destination()}, which stands for the others: it fails when that does. */
    public static Future<PacketTunnel> open(Dial dial, PacketSink sink, Opener opener) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        PacketStreams packets = new PacketStreams(dial, sink, opener);
        Future<PacketTunnel> first = packets.stream(dial.destination()).opening;
        result.addListener(done -> first.cancel(false)); // a no-op unless the caller gave up
        first.addListener((Future<PacketTunnel> opened) -> {
            if (!opened.isSuccess()) {
                result.tryFailure(opened.cause());
            } else if (!result.trySuccess(packets)) {
                packets.close();
            }
        });
        return result;
    }

    private Stream stream(Destination to) {
        Stream known = streams.get(to);
        if (known != null) {
            return known;
        }
        if (streams.size() == MOST) {
            streams.values().iterator().next().close();
        }
        Stream fresh = new Stream(to);
        streams.put(to, fresh);
        fresh.start();
        return fresh;
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        if (closed) {
            payload.release();
        } else {
            stream(to).send(payload);
        }
    }

    @Override
    public void close() {
        closed = true;
        List.copyOf(streams.values()).forEach(Stream::close);
    }

    private final class Stream implements PacketSink {
        private final Destination to;
        private final Future<PacketTunnel> opening;
        private final Queue<ByteBuf> waiting = new ArrayDeque<>(1);
        private @Nullable PacketTunnel tunnel;
        private boolean over;

        Stream(Destination to) {
            this.to = to;
            this.opening = opener.open(new Dial(to, dial.loop(), dial.flow(), dial.guard()), this);
        }

        void start() {
            opening.addListener((Future<PacketTunnel> opened) -> {
                if (!opened.isSuccess()) {
                    close();
                } else if (over) {
                    opened.getNow().close();
                } else {
                    tunnel = opened.getNow();
                    for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                        tunnel.send(to, payload);
                    }
                }
            });
        }

        void send(ByteBuf payload) {
            if (tunnel != null) {
                tunnel.send(to, payload);
            } else if (over || waiting.size() == MAX_WAITING) {
                payload.release();
            } else {
                waiting.add(Sockets.copyOf(payload));
            }
        }

        void close() {
            over = true;
            streams.remove(to, this);
            opening.cancel(false);
            for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                payload.release();
            }
            if (tunnel != null) {
                tunnel.close();
            }
        }

        @Override
        public void receive(Destination from, ByteBuf payload) {
            if (over) {
                payload.release();
            } else {
                sink.receive(from, payload);
            }
        }

        @Override
        public void closed(Failure why) {
            if (!over) {
                close();
                if (streams.isEmpty() && !closed) {
                    closed = true;
                    sink.closed(why);
                }
            }
        }
    }
}

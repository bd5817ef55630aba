package dev.fenliu.tunnel.https2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * UDP at the client end: a stream for each destination, opened by its first datagram, ended when nothing has passed for a
 * while or when it was used longest ago of too many. Confined to its event loop.
 */
final class ClientPackets implements PacketTunnel {
    private static final int MOST = 128;
    private static final int MOST_WAITING = 8;
    private static final long IDLE_SECONDS = 60;

    private final EventLoop loop;
    private final PacketSink sink;
    private final Function<Destination, Future<Channel>> opener;

    /** The one used longest ago comes first. */
    private final Map<Destination, Way> ways = new LinkedHashMap<>(4, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;
    private boolean closed;

    /** @param opener asks for a stream to a destination */
    ClientPackets(EventLoop loop, PacketSink sink, Function<Destination, Future<Channel>> opener) {
        this.loop = loop;
        this.sink = sink;
        this.opener = opener;
    }

    /** Takes a stream that is open already. */
    void add(Destination destination, Channel stream) {
        way(destination).opened(stream);
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        if (closed) {
            payload.release();
            return;
        }
        Way way = ways.get(to);
        if (way == null) {
            way = way(to);
            way.open(opener.apply(to));
        }
        way.send(payload);
    }

    private Way way(Destination destination) {
        if (ways.size() == MOST) {
            ways.values().iterator().next().close();
        }
        Way way = new Way(destination);
        ways.put(destination, way);
        if (sweep == null) {
            sweep = loop.scheduleWithFixedDelay(this::sweep, IDLE_SECONDS, IDLE_SECONDS, TimeUnit.SECONDS);
        }
        return way;
    }

    private void sweep() {
        List<Way> idle = new ArrayList<>();
        ways.values().forEach(way -> {
            if (!way.used) {
                idle.add(way);
            }
            way.used = false;
        });
        idle.forEach(Way::close);
    }

    @Override
    public void close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel(false);
        }
        List.copyOf(ways.values()).forEach(Way::close);
    }

    private final class Way implements Capsules.Peer {
        private final Destination destination;
        private final Queue<ByteBuf> waiting = new ArrayDeque<>(2);
        private @Nullable Future<Channel> opening;
        private @Nullable Capsules capsules;
        private boolean used = true;
        private boolean over;

        Way(Destination destination) {
            this.destination = destination;
        }

        void open(Future<Channel> stream) {
            opening = stream;
            stream.addListener((Future<Channel> done) -> {
                if (!done.isSuccess()) {
                    failed(Failure.of(done.cause()));
                } else if (over) {
                    done.getNow().close();
                } else {
                    opened(done.getNow());
                }
            });
        }

        void opened(Channel stream) {
            Capsules made = new Capsules(this);
            capsules = made;
            stream.pipeline().addLast(made);
            for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                made.send(payload);
            }
        }

        /** One that the far end refuses is lost; when the far end is, so is all. */
        private void failed(Failure why) {
            close();
            if (why.kind() == Failure.Kind.TUNNEL_DOWN && !closed) {
                ClientPackets.this.close();
                sink.closed(why);
            }
        }

        void send(ByteBuf payload) {
            used = true;
            if (capsules != null) {
                capsules.send(payload);
            } else if (waiting.size() < MOST_WAITING) {
                waiting.add(Sockets.copyOf(payload));
            } else {
                payload.release();
            }
        }

        @Override
        public void receive(ByteBuf payload) {
            used = true;
            ways.get(destination); // moves it to the young end
            sink.receive(destination, payload);
        }

        /** The next datagram asks for another. */
        @Override
        public void ended(String why) {
            close();
        }

        void close() {
            ways.remove(destination, this);
            over = true;
            for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                payload.release();
            }
            if (opening != null) {
                opening.cancel(false);
            }
            if (capsules != null) {
                capsules.close();
            }
        }
    }
}

package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a tunnel's server that have shaken hands before a flow wants them, where each carries one flow. They are
 * made because a flow has got its connection, never because of the time: on each event loop half as many as flows came
 * there lately within the time that one is kept, so that a lone flow has none made, and at most {@value #MOST}. One that
 * nobody has taken in that time is let go, long before the server would: whoever is given one the server is about to
 * close loses what he sends. The latest connection tells how things are: when it could not be made, or came from another
 * address of ours, those that are ready belong to a network that is gone. Thread-safe.
 */
final class ReadyConnections {
    static final int MOST = 8;

    /** How long one is kept at first: of the servers seen, V2Ray and Xray have the least patience, four seconds. */
    static final long FIRST_MILLIS = 3_000;

    /** With a server that has shown more, as long as browsers keep what they have made ahead. */
    static final long MOST_MILLIS = 10_000;

    /** However soon a server lets go: it may have been restarted. */
    private static final long LEAST_MILLIS = 1_000;

    private final Destination server;
    private final LongSupplier clock;
    private final Map<EventLoop, Shelf> shelves = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param clock milliseconds of a clock that goes on while the machine sleeps */
    ReadyConnections(Destination server, LongSupplier clock) {
        this.server = server;
        this.clock = clock;
    }

    /**
     * A connection for a flow, on {@code dial.loop()}, from which this is called: at once if one is ready, else from
     * {@code reach}.
     *
     * @param reach connects to the server, for a flow or, with a dial of our own, ahead of flows
     */
    Future<Channel> connect(Dial dial, Function<Dial, Future<Channel>> reach) {
        Shelf shelf = shelves.computeIfAbsent(dial.loop(), Shelf::new);
        shelf.count();
        Channel ready = shelf.take();
        if (ready != null) {
            dial.loop().execute(() -> shelf.fill(reach));
            return dial.loop().newSucceededFuture(ready);
        }
        return reach.apply(dial).addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                shelf.compare(done.getNow());
                dial.loop().execute(() -> shelf.fill(reach));
            } else if (!done.isCancelled()) {
                shelf.clear();
            }
        });
    }

    /** Lets go of all that are ready, now and later. */
    void close() {
        closed = true;
        shelves.forEach((loop, shelf) -> loop.execute(shelf::clear));
    }

    /** Those of one event loop, to which it is confined. */
    private final class Shelf {
        private final EventLoop loop;
        private final Queue<Ready> ready = new ArrayDeque<>(1);
        private int coming;
        private long keptMillis = FIRST_MILLIS;

        private long since;
        private int flows;
        private int busiest;

        Shelf(EventLoop loop) {
            this.loop = loop;
        }

        void count() {
            long now = clock.getAsLong();
            if (flows == 0 || now - since >= keptMillis) {
                busiest = Math.max(flows, busiest - (busiest + 3) / 4);
                flows = 0;
                since = now;
            }
            flows++;
        }

        @Nullable
        Channel take() {
            for (Ready oldest; (oldest = ready.poll()) != null; ) {
                if (oldest.isGood()) {
                    return oldest.taken();
                }
                oldest.channel.close();
            }
            return null;
        }

        void fill(Function<Dial, Future<Channel>> reach) {
            int lacking = Math.min(MOST, Math.max(flows, busiest) / 2) - ready.size() - coming;
            for (; lacking > 0 && !closed; lacking--) {
                coming++;
                reach.apply(Dial.own(server, loop)).addListener((Future<Channel> done) -> {
                    coming--;
                    if (done.isSuccess()) {
                        put(done.getNow());
                    } else {
                        clear();
                    }
                });
            }
        }

        private void put(Channel channel) {
            compare(channel);
            if (closed) {
                channel.close();
                return;
            }
            Ready fresh = new Ready(this, channel);
            ready.add(fresh);
            channel.pipeline().addLast(fresh);
        }

        /** What our address was is told by those that are ready, what it is by {@code latest}. */
        void compare(Channel latest) {
            Ready one = ready.peek();
            if (one != null && !Objects.equals(address(one.channel), address(latest))) {
                clear();
            }
        }

        /** Starts anew, since the server or the network is not as it was. */
        void clear() {
            flows = 0;
            busiest = 0;
            for (Ready one; (one = ready.poll()) != null; ) {
                one.channel.close();
            }
        }

        /** The server has let go of one. */
        void closedAfter(long millis) {
            keptMillis = Math.max(LEAST_MILLIS, Math.min(keptMillis, millis / 2));
        }

        /** The server has not let go of one that nobody took: it may have more patience than it seemed. */
        void unused() {
            keptMillis = Math.min(MOST_MILLIS, keptMillis + keptMillis / 16);
        }
    }

    private static @Nullable InetAddress address(Channel channel) {
        return channel.localAddress() instanceof InetSocketAddress socket ? socket.getAddress() : null;
    }

    /** Waits at the top of a connection until a flow takes it. A server has nothing to say before it is asked. */
    private final class Ready extends ChannelInboundHandlerAdapter {
        private final Shelf shelf;
        private final Channel channel;
        private final long since = clock.getAsLong();
        private final ScheduledFuture<?> patience;

        Ready(Shelf shelf, Channel channel) {
            this.shelf = shelf;
            this.channel = channel;
            this.patience = shelf.loop.schedule(this::unused, shelf.keptMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.read(); // else the end would not be seen
        }

        /** Not when the machine has slept. */
        boolean isGood() {
            long age = clock.getAsLong() - since;
            return channel.isActive() && age >= 0 && age <= shelf.keptMillis;
        }

        Channel taken() {
            channel.pipeline().remove(this);
            return channel;
        }

        private void unused() {
            if (shelf.ready.remove(this)) {
                shelf.unused();
                channel.close();
            }
        }

        private void refused() {
            if (shelf.ready.remove(this)) {
                shelf.closedAfter(clock.getAsLong() - since);
                channel.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
            refused();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                refused();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            refused();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            refused();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            patience.cancel(false);
        }
    }
}

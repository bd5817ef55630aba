package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The UDP clients of a listener that are told apart by their address alone: an association for each, ended when it was
 * idle for {@value #IDLE_SECONDS} seconds or when {@value #MOST} others are younger. Confined to one event loop.
 */
public final class Associations {
    public static final int MOST = 4096;
    static final long IDLE_SECONDS = 60;

    /** How answers leave. */
    @FunctionalInterface
    public interface Answers {
        /** Sends a datagram to {@code client} as coming from {@code from}; {@code payload} is the caller's. */
        void send(InetSocketAddress client, Destination from, ByteBuf payload);

        /** Tells {@code client}, where there is a way to, that nothing goes to {@code to}. */
        default void refuse(InetSocketAddress client, Destination to) {}
    }

    private final ListenerContext context;
    private final EventLoop loop;
    private final Answers answers;

    /** The one used longest ago comes first. */
    private final Map<InetSocketAddress, Association> associations = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;

    public Associations(ListenerContext context, EventLoop loop, Answers answers) {
        this.context = context;
        this.loop = loop;
        this.answers = answers;
    }

    /** One datagram of a client; takes ownership of {@code payload}. */
    public void receive(InetSocketAddress client, Destination to, ByteBuf payload) {
        Association association = associations.get(client);
        (association == null ? open(client) : association).receive(to, payload);
    }

    private Association open(InetSocketAddress client) {
        if (associations.size() == MOST) {
            associations.values().iterator().next().end();
        }
        Association association = new Association(client);
        associations.put(client, association);
        association.start();
        if (sweep == null) {
            sweep = loop.schedule(this::sweep, IDLE_SECONDS, TimeUnit.SECONDS);
        }
        return association;
    }

    private void sweep() {
        sweep = null;
        long wait = 0;
        while (wait <= 0 && !associations.isEmpty()) {
            Association eldest = associations.values().iterator().next();
            wait = eldest.used + TimeUnit.SECONDS.toNanos(IDLE_SECONDS) - now();
            if (wait <= 0) {
                eldest.end();
            }
        }
        if (wait > 0) {
            sweep = loop.schedule(this::sweep, wait, TimeUnit.NANOSECONDS);
        }
    }

    private long now() {
        return loop.ticker().nanoTime();
    }

    /** Ends all of them. */
    public void close() {
        if (sweep != null) {
            sweep.cancel(false);
        }
        List.copyOf(associations.values()).forEach(Association::end);
    }

    /** One client address; the engine's side is asked for when it is opened. */
    private final class Association implements InboundPackets {
        private final InetSocketAddress source;
        private @Nullable PacketFlow flow;
        private boolean ended;
        private long used;

        Association(InetSocketAddress source) {
            this.source = source;
        }

        void start() {
            used = now();
            flow = context.handler().packets(this);
            if (ended) {
                flow.close();
            }
        }

        void receive(Destination to, ByteBuf payload) {
            if (flow == null || ended) {
                payload.release();
                return;
            }
            used = now();
            flow.receive(to, payload);
        }

        void end() {
            associations.remove(source, this);
            if (!ended) {
                ended = true;
                if (flow != null) {
                    flow.close();
                }
            }
        }

        @Override
        public String listener() {
            return context.settings().name();
        }

        @Override
        public InetSocketAddress source() {
            return source;
        }

        @Override
        public Optional<String> user() {
            return Optional.empty();
        }

        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public void send(Destination from, ByteBuf payload) {
            try {
                if (!ended) {
                    used = now();
                    associations.get(source); // moves it to the young end
                    answers.send(source, from, payload);
                }
            } finally {
                payload.release();
            }
        }

        @Override
        public void refuse(Destination to) {
            answers.refuse(source, to);
        }

        /** There is no way to tell the client; its next datagram asks again. */
        @Override
        public void refuse(Failure failure) {
            end();
        }
    }
}

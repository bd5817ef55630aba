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
 * The UDP clients of a listener that has no connection to them: an association for each, ended when it was idle for
 * {@value #IDLE_SECONDS} seconds or when {@value #MOST} others are younger. Confined to one event loop.
 *
 * @param <C> what tells clients apart, mostly their address
 */
public final class Associations<C> {
    public static final int MOST = 4096;
    static final long IDLE_SECONDS = 60;

    /** How answers leave. */
    @FunctionalInterface
    public interface Answers<C> {
        /** Sends a datagram to {@code client} as coming from {@code from}; {@code payload} is the caller's. */
        void send(C client, Destination from, ByteBuf payload);

        /** Tells {@code client}, where there is a way to, that nothing goes to {@code to}. */
        default void refuse(C client, Destination to) {}
    }

    private final ListenerContext context;
    private final EventLoop loop;
    private final Answers<C> answers;

    /** The one used longest ago comes first. */
    private final Map<C, Association> associations = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;

    public Associations(ListenerContext context, EventLoop loop, Answers<C> answers) {
        this.context = context;
        this.loop = loop;
        this.answers = answers;
    }

    /**
     * One datagram of a client; takes ownership of {@code payload}.
     *
     * @param source where it comes from; the association has that of its first datagram
     * @param user the same in all of a client's
     */
    public void receive(C client, InetSocketAddress source, Optional<String> user, Destination to, ByteBuf payload) {
        Association association = associations.get(client);
        (association == null ? open(client, source, user) : association).receive(to, payload);
    }

    private Association open(C client, InetSocketAddress source, Optional<String> user) {
        if (associations.size() == MOST) {
            associations.values().iterator().next().end();
        }
        Association association = new Association(client, source, user);
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

    /** One client; the engine's side is asked for when it is opened. */
    private final class Association implements InboundPackets {
        private final C client;
        private final InetSocketAddress source;
        private final Optional<String> user;
        private @Nullable PacketFlow flow;
        private boolean ended;
        private long used;

        Association(C client, InetSocketAddress source, Optional<String> user) {
            this.client = client;
            this.source = source;
            this.user = user;
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
            associations.remove(client, this);
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
            return user;
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
                    associations.get(client); // moves it to the young end
                    answers.send(client, from, payload);
                }
            } finally {
                payload.release();
            }
        }

        @Override
        public void refuse(Destination to) {
            answers.refuse(client, to);
        }

        /** There is no way to tell the client; its next datagram asks again. */
        @Override
        public void refuse(Failure failure) {
            end();
        }
    }
}

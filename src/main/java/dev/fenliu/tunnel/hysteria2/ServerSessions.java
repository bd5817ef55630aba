package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
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
 * The UDP sessions of a client at the server end: an association for each, ended when it was idle for
 * {@value #IDLE_SECONDS} seconds, for clients do not say when they end, or when {@value #MOST} others are younger.
 * Confined to the connection's event loop.
 */
final class ServerSessions {
    private static final int MOST = 1024;
    private static final long IDLE_SECONDS = 60;

    private final ServerConnection connection;
    private final InetSocketAddress source;
    private final Optional<String> user;
    private final EventLoop loop;
    private final Datagrams datagrams;
    /** The one used longest ago comes first. */
    private final Map<Integer, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;

    ServerSessions(
            ServerConnection connection,
            InetSocketAddress source,
            Optional<String> user,
            EventLoop loop,
            Datagrams datagrams) {
        this.connection = connection;
        this.source = source;
        this.user = user;
        this.loop = loop;
        this.datagrams = datagrams;
    }

    InetSocketAddress source() {
        return source;
    }

    Optional<String> user() {
        return user;
    }

    boolean knows(int session) {
        return sessions.containsKey(session);
    }

    void receive(UdpMessage message) {
        Session session = sessions.get(message.session());
        (session == null ? open(message.session()) : session).receive(message);
    }

    private Session open(int number) {
        if (sessions.size() == MOST) {
            sessions.values().iterator().next().end();
        }
        Session session = new Session(number);
        sessions.put(number, session);
        session.start();
        if (sweep == null) {
            sweep = loop.schedule(this::sweep, IDLE_SECONDS, TimeUnit.SECONDS);
        }
        return session;
    }

    private void sweep() {
        sweep = null;
        long wait = 0;
        while (wait <= 0 && !sessions.isEmpty()) {
            Session eldest = sessions.values().iterator().next();
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
    void close() {
        if (sweep != null) {
            sweep.cancel(false);
        }
        List.copyOf(sessions.values()).forEach(Session::end);
    }

    private final class Session implements InboundPackets {
        private final int number;
        private final Reassembly reassembly = new Reassembly();
        private @Nullable PacketFlow flow;
        private boolean ended;
        private long used = now();

        Session(int number) {
            this.number = number;
        }

        void start() {
            flow = connection.context().handler().packets(this);
            if (ended) {
                flow.close();
            }
        }

        void receive(UdpMessage message) {
            used = now();
            ByteBuf payload = message.peer() == null ? null : reassembly.add(message);
            if (payload == null || message.peer() == null) {
                return;
            }
            if (flow == null || ended) {
                payload.release();
            } else {
                flow.receive(message.peer(), payload);
            }
        }

        void end() {
            sessions.remove(number, this);
            reassembly.close();
            if (!ended) {
                ended = true;
                if (flow != null) {
                    flow.close();
                }
            }
        }

        @Override
        public void send(Destination from, ByteBuf payload) {
            if (ended) {
                payload.release();
                return;
            }
            used = now();
            sessions.get(number); // moves it to the young end
            datagrams.send(number, from, payload);
        }

        /** There is no way to tell the client; its next datagram asks again. */
        @Override
        public void refuse(Failure failure) {
            end();
        }

        @Override
        public String listener() {
            return connection.context().settings().name();
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
    }
}

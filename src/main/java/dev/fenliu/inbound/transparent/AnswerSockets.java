package dev.fenliu.inbound.transparent;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.PortUnreachable;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that answers leave from, each bound to the address of the other machine that the answer comes from. All
 * clients share them; one is closed when it was idle for {@value #IDLE_SECONDS} seconds or when {@value #MOST} others are
 * younger. Private addresses answer only who spoke to them: a peer on the internet, or a tunnel's server, must not pass
 * for one of the house. Confined to one event loop.
 */
final class AnswerSockets implements Associations.Answers<InetSocketAddress> {
    static final int MOST = 512;
    static final long IDLE_SECONDS = 60;

    private static final int MOST_WAITING = 16;

    private final EventLoop loop;
    private final RareLog troubles;
    private final PortUnreachable refusals = new PortUnreachable();

    /** The one used longest ago comes first. */
    private final Map<InetSocketAddress, Answering> sockets = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;

    AnswerSockets(EventLoop loop, RareLog troubles) {
        this.loop = loop;
        this.troubles = troubles;
    }

    EventLoop loop() {
        return loop;
    }

    /** A client speaks to {@code address}. */
    void expect(InetSocketAddress address) {
        if (Addresses.isInternal(address.getAddress())) {
            socket(address);
        }
    }

    /** Sends a datagram as coming from {@code from}; {@code payload} stays the caller's. */
    @Override
    public void send(InetSocketAddress client, Destination from, ByteBuf payload) {
        if (!(from.host() instanceof Host.Address host)) {
            return; // a name is nobody's address
        }
        InetSocketAddress address = new InetSocketAddress(host.value(), from.port());
        if (client.getAddress().getClass() != host.value().getClass()
                || Addresses.isInternal(host.value()) && !sockets.containsKey(address)) {
            return;
        }
        socket(address).send(client, payload);
    }

    /** As if the machine that the client sent to had refused it. */
    @Override
    public void refuse(InetSocketAddress client, Destination to) {
        if (to.host() instanceof Host.Address host
                && client.getAddress().getClass() == host.value().getClass()) {
            refusals.tell(
                    client,
                    new InetSocketAddress(host.value(), to.port()),
                    loop.ticker().nanoTime());
        }
    }

    private Answering socket(InetSocketAddress address) {
        Answering known = sockets.get(address);
        if (known == null) {
            if (sockets.size() == MOST) {
                sockets.values().iterator().next().close();
            }
            known = new Answering(address);
            sockets.put(address, known);
        }
        known.used = loop.ticker().nanoTime();
        if (sweep == null) {
            sweep = loop.schedule(this::sweep, IDLE_SECONDS, TimeUnit.SECONDS);
        }
        return known;
    }

    private void sweep() {
        sweep = null;
        long due = loop.ticker().nanoTime() - TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
        List.copyOf(sockets.values()).stream()
                .takeWhile(socket -> socket.used - due <= 0)
                .forEach(Answering::close);
        if (!sockets.isEmpty()) {
            long wait = sockets.values().iterator().next().used - due;
            sweep = loop.schedule(this::sweep, wait, TimeUnit.NANOSECONDS);
        }
    }

    void close() {
        if (sweep != null) {
            sweep.cancel(false);
        }
        List.copyOf(sockets.values()).forEach(Answering::close);
        refusals.close();
    }

    private final class Answering {
        private final InetSocketAddress from;
        private final ChannelFuture binding;
        private final Queue<DatagramPacket> waiting = new ArrayDeque<>(1);
        private long used;
        private boolean bound;

        Answering(InetSocketAddress from) {
            this.from = from;
            this.binding = Sockets.impersonating(loop, from.getAddress()).bind(from);
            binding.addListener(done -> bound());
        }

        private void bound() {
            if (!binding.isSuccess()) {
                troubles.warn("no answers to clients from " + Sockets.text(from) + ": "
                        + binding.cause().getMessage());
                close();
                return;
            }
            bound = true;
            for (DatagramPacket packet; (packet = waiting.poll()) != null; ) {
                write(packet);
            }
        }

        void send(InetSocketAddress client, ByteBuf payload) {
            if (bound) {
                write(new DatagramPacket(payload.retain(), client));
            } else if (waiting.size() < MOST_WAITING && !binding.isDone()) {
                waiting.add(new DatagramPacket(payload.copy(), client));
            }
        }

        private void write(DatagramPacket packet) {
            Channel socket = binding.channel();
            if (packet.content().isReadable() && socket.isWritable()) {
                socket.writeAndFlush(packet, socket.voidPromise());
                return;
            }
            boolean empty = !packet.content().isReadable();
            packet.release();
            if (empty) {
                Sockets.sendEmpty(socket, packet.recipient());
            }
        }

        void close() {
            sockets.remove(from, this);
            binding.channel().close();
            for (DatagramPacket packet; (packet = waiting.poll()) != null; ) {
                packet.release();
            }
        }
    }
}

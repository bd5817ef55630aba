package dev.fenliu.inbound;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bound address: accepts clients, turns away those that may not come or are too many, and hands the rest to the
 * protocol, with a deadline for its handshake. What it serves can change while it stays bound. {@link #replace} and
 * {@link #close} are for one thread; everything else is safe for concurrent use.
 */
public final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** How often any free TCP port is tried when its UDP sister is taken. */
    private static final int PORT_ATTEMPTS = 10;

    private static final String PROTOCOL = "datagrams";

    /** Bound sockets that are in no loop yet; what is not there is bound. */
    public record Held(Optional<Channel> tcp, Optional<Channel> udp) {
        private static final Held NOTHING = new Held(Optional.empty(), Optional.empty());
    }

    /** What a client is measured by and handed to; read once for each. */
    private record Service(ListenerSettings settings, Access access, Acceptor acceptor) {}

    private final EventLoopGroup loops;
    private final ClientLimits limits;
    private final Duration handshake;
    private final AtomicInteger clients = new AtomicInteger();
    private final RareLog strangers = new RareLog(LOG);
    private final RareLog crowds = new RareLog(LOG);
    private final RareLog troubles = new RareLog(LOG);
    private volatile Service service;
    private Held held = Held.NOTHING;
    private volatile @Nullable Channel tcp;
    private volatile @Nullable Channel udp;

    private Listener(Service service, ClientLimits limits, Duration handshake, EventLoopGroup loops) {
        this.service = service;
        this.limits = limits;
        this.handshake = handshake;
        this.loops = loops;
    }

    /**
     * Binds the address of {@code settings}, TCP if the protocol has streams, and UDP if it has datagrams. A failed future holds a
     * {@link BindFailure}; nothing stays bound then.
     */
    public static Future<Listener> bind(
            ListenerSettings settings, Access access, Acceptor acceptor, ClientLimits limits, EventLoopGroup loops) {
        return new Listener(new Service(settings, access, acceptor), limits, HANDSHAKE, loops).bind(PORT_ATTEMPTS);
    }

    /** The same with another time for the handshake. */
    static Future<Listener> bind(
            ListenerSettings settings,
            Acceptor acceptor,
            ClientLimits limits,
            Duration handshake,
            EventLoopGroup loops) {
        Service service = new Service(settings, Access.of(settings, false), acceptor);
        return new Listener(service, limits, handshake, loops).bind(PORT_ATTEMPTS);
    }

    /** The same with sockets that another process has bound to the address. */
    public static Future<Listener> adopt(
            Held held,
            ListenerSettings settings,
            Access access,
            Acceptor acceptor,
            ClientLimits limits,
            EventLoopGroup loops) {
        Listener listener = new Listener(new Service(settings, access, acceptor), limits, HANDSHAKE, loops);
        listener.held = held;
        return listener.bind(PORT_ATTEMPTS);
    }

    private Future<Listener> bind(int attempts) {
        InetSocketAddress address = settings().listen();
        if (!service.acceptor.streams()) {
            Promise<Listener> bound = loops.next().newPromise();
            bindDatagrams(service.acceptor.datagrams().orElseThrow(), service).addListener(binding -> {
                if (binding.isSuccess()) {
                    bound.setSuccess(this);
                } else {
                    bound.setFailure(binding.cause());
                }
            });
            return bound;
        }
        ChannelFuture opening = held.tcp
                .map(socket -> Sockets.adopting(loops, socket, this::accept).register())
                .orElseGet(() -> Sockets.server(loops, address.getAddress(), this::accept)
                        .bind(address));
        Promise<Listener> bound = loops.next().newPromise();
        opening.addListener((ChannelFutureListener) binding -> {
            if (!binding.isSuccess()) {
                bound.setFailure(new BindFailure(address, Transport.TCP, binding.cause()));
                return;
            }
            IOException refused = prepare(service.acceptor, binding.channel());
            if (refused != null) {
                binding.channel().close().addListener(closed -> bound.setFailure(unprepared(Transport.TCP, refused)));
                return;
            }
            binding.channel().pipeline().addLast(new AcceptTrouble());
            tcp = binding.channel();
            Future<Void> datagrams = service.acceptor
                    .datagrams()
                    .map(protocol -> bindDatagrams(protocol, service))
                    .orElseGet(() -> loops.next().newSucceededFuture(null));
            datagrams.addListener(also -> {
                if (also.isSuccess()) {
                    bound.setSuccess(this);
                } else {
                    binding.channel().close().addListener(closed -> {
                        if (address.getPort() == 0 && attempts > 1) {
                            bind(attempts - 1).addListener(new PromiseNotifier<>(bound));
                        } else {
                            bound.setFailure(also.cause());
                        }
                    });
                }
            });
        });
        return bound;
    }

    /** Where it is bound, with the port that the system chose if 0 was asked for. */
    public InetSocketAddress address() {
        Channel channel = service.acceptor.streams() ? tcp : udp;
        return channel == null ? settings().listen() : (InetSocketAddress) channel.localAddress();
    }

    public ListenerSettings settings() {
        return service.settings;
    }

    /** Those that are bound. */
    public List<Channel> sockets() {
        return Stream.of(Optional.ofNullable(tcp), Optional.ofNullable(udp))
                .flatMap(Optional::stream)
                .toList();
    }

    /** How many TCP clients it has. */
    public int clients() {
        return clients.get();
    }

    /**
     * Serves clients that come from now on in another way; those that are here stay as they are. The future fails, and
     * nothing changes, only when the system refuses the new protocol what it needs of the sockets, or when it has
     * datagrams, the old one had none, and UDP cannot be bound. In all other cases new connections are served in the new way when this returns, and datagrams when the future is done.
     *
     * @param settings with the same address
     * @param acceptor with streams if the old one has them
     */
    public Future<Void> replace(ListenerSettings settings, Access access, Acceptor acceptor) {
        Service next = new Service(settings, access, acceptor);
        Optional<ChannelHandler> protocol = acceptor.datagrams();
        Channel socket = udp;
        for (Channel held : new @Nullable Channel[] {tcp, protocol.isPresent() ? socket : null}) {
            IOException refused = held == null ? null : prepare(acceptor, held);
            if (refused != null) {
                return loops.next().newFailedFuture(unprepared(Transport.TCP, refused));
            }
        }
        if (socket == null && protocol.isPresent()) {
            return bindDatagrams(protocol.get(), next);
        }
        Acceptor before = service.acceptor;
        service = next;
        before.retire();
        if (socket == null) {
            return loops.next().newSucceededFuture(null);
        }
        if (protocol.isEmpty()) {
            udp = null;
            return socket.close();
        }
        Promise<Void> replaced = socket.eventLoop().newPromise();
        // On its loop, or datagrams would fall between the two.
        socket.eventLoop().execute(() -> {
            socket.pipeline().remove(PROTOCOL); // first: it may take others with it
            socket.pipeline().addLast(PROTOCOL, protocol.get());
            replaced.setSuccess(null);
        });
        return replaced;
    }

    private static @Nullable IOException prepare(Acceptor acceptor, Channel socket) {
        try {
            acceptor.prepare(socket);
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private BindFailure unprepared(Transport transport, IOException why) {
        return new BindFailure(address(), transport, why, BindFailure.Reason.UNPRIVILEGED);
    }

    /**
     * Leaves those who come from now on to another process, which has the same sockets: clients that are here go on, and
     * what datagrams have asked for until now is still answered. To be closed later.
     */
    public Future<Void> leave() {
        Channel socket = udp;
        if (socket == null || !service.acceptor.streams()) {
            return close(); // connections in datagrams live by what their clients send
        }
        service.acceptor.retire();
        socket.config().setOption(ChannelOption.AUTO_READ, false);
        return close(tcp);
    }

    /** Stops accepting; clients that are here go on. May be called twice. */
    public Future<Void> close() {
        service.acceptor.retire();
        return close(tcp, udp);
    }

    private Future<Void> close(@Nullable Channel... sockets) {
        EventLoop loop = loops.next();
        Promise<Void> closed = loop.newPromise();
        loop.execute(() -> {
            PromiseCombiner both = new PromiseCombiner(loop);
            for (Channel channel : sockets) {
                if (channel != null) {
                    both.add((Future<Void>) channel.close());
                }
            }
            both.finish(closed);
        });
        return closed;
    }

    /** Judges a client that has just come, on its event loop. */
    void accept(Channel client) {
        Service now = service;
        InetSocketAddress remote = (InetSocketAddress) client.remoteAddress();
        if (remote == null) { // gone already
            client.close();
            return;
        }
        InetAddress source = Addresses.plain(remote.getAddress());
        if (!now.access.allows(source)) {
            strangers.warn("listener " + now.settings.name() + ": refused a client from " + Addresses.text(source)
                    + ", an address that it does not serve");
            client.close();
            return;
        }
        if (!limits.enter(source, now.access)) {
            crowds.warn("listener " + now.settings.name() + ": too many clients, refused one from "
                    + Addresses.text(source));
            client.close();
            return;
        }
        clients.incrementAndGet();
        client.closeFuture().addListener(closed -> {
            clients.decrementAndGet();
            limits.leave(source, now.access);
        });
        HandshakeDeadline.start(client, handshake);
        now.acceptor.accept(client);
    }

    /** Binds UDP beside TCP, and serves as {@code next} says if that works. */
    private Future<Void> bindDatagrams(ChannelHandler protocol, Service next) {
        Promise<Void> done = loops.next().newPromise();
        InetSocketAddress address = address();
        ChannelHandler pipeline = new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new SourceFilter()).addLast(PROTOCOL, protocol);
            }
        };
        ChannelFuture opening = held.udp
                .map(socket -> Sockets.adoptingDatagrams(loops.next(), socket, pipeline)
                        .register())
                .orElseGet(() -> Sockets.datagrams(loops.next(), address.getAddress(), pipeline)
                        .bind(address));
        held = Held.NOTHING; // used once
        opening.addListener((ChannelFutureListener) binding -> {
            IOException refused = binding.isSuccess() ? prepare(next.acceptor, binding.channel()) : null;
            if (refused != null) {
                binding.channel().close();
                done.setFailure(unprepared(Transport.UDP, refused));
            } else if (binding.isSuccess()) {
                udp = binding.channel();
                Acceptor before = service.acceptor;
                service = next;
                if (before != next.acceptor) {
                    before.retire();
                }
                done.setSuccess(null);
            } else {
                done.setFailure(new BindFailure(address, Transport.UDP, binding.cause()));
            }
        });
        return done;
    }

    /** Drops datagrams from where no client may come. */
    final class SourceFilter extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof DatagramPacket packet
                    && !service.access.allows(packet.sender().getAddress())) {
                ReferenceCountUtil.release(message);
            } else {
                ctx.fireChannelRead(message);
            }
        }
    }

    /** Comes after Netty's own acceptor, which pauses for a second when no file descriptor is left. */
    private final class AcceptTrouble extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            troubles.warn("listener " + settings().name() + ": cannot accept clients: " + cause.getMessage());
        }
    }
}

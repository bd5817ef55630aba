package dev.fenliu.net;

import dev.fenliu.model.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.spi.SelectorProvider;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Event loops and sockets: native epoll on Linux, NIO elsewhere; every option of ours is set here. */
public final class Sockets {
    /** Whether the native transport of Linux is in use. */
    public static final boolean EPOLL = Epoll.isAvailable();

    private static final ByteBuffer EMPTY = ByteBuffer.allocateDirect(0);

    private static final RawUnixChannelOption BIND_TO_DEVICE = new RawUnixChannelOption("SO_BINDTODEVICE", 1, 25, 16);
    static final IntegerUnixChannelOption MARK = new IntegerUnixChannelOption("SO_MARK", 1, 36);

    private static final int SMALL_READ = 4096;
    private static final int LARGE_READ = 96 << 10;

    /** Large reads, one a turn, so that a bulk flow neither spills the caches nor starves the rest. */
    public static final RecvByteBufAllocator READS = new AdaptiveRecvByteBufAllocator(512, SMALL_READ, 128 << 10) {
        @Override
        @SuppressWarnings("deprecation") // the interface has nothing newer
        public Handle newHandle() {
            return new FrugalReads((RecvByteBufAllocator.ExtendedHandle) super.newHandle());
        }
    }.maxMessagesPerRead(1);

    /** So low that a flow whose receiver stands still holds little more than one read: 128 KiB with it. */
    public static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(16 << 10, 32 << 10);

    private static final int SMALL_DATAGRAM = 2048;
    private static final int BURST = 4 << 20;
    private static final IntegerUnixChannelOption RECEIVE_FORCE = new IntegerUnixChannelOption("SO_RCVBUFFORCE", 1, 33);
    private static final IntegerUnixChannelOption SEND_FORCE = new IntegerUnixChannelOption("SO_SNDBUFFORCE", 1, 32);

    private Sockets() {}

    /** No read is larger than it should be, and none is large while buffers run low, so that flows that stand still leave room for those that move. */
    private static final class FrugalReads extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final RecvByteBufAllocator.ExtendedHandle adaptive;

        FrugalReads(RecvByteBufAllocator.ExtendedHandle adaptive) {
            super(adaptive);
            this.adaptive = adaptive;
        }

        @Override
        public int guess() {
            int bytes = Math.min(adaptive.guess(), LARGE_READ);
            return bytes > SMALL_READ && buffersRunLow() ? SMALL_READ : bytes;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            return alloc.ioBuffer(guess());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier more) {
            return adaptive.continueReading(more);
        }
    }

    /** Whether the buffers outside the heap come near the limit of this process; never where Netty does not count them. */
    public static boolean buffersRunLow() {
        return PlatformDependent.usedDirectMemory() > PlatformDependent.maxDirectMemory() / 4 * 3;
    }

    /** A group of event loops; the caller shuts it down. */
    public static EventLoopGroup loops(int threads) {
        return new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory("loop", true),
                EPOLL ? SteadyEpoll.newFactory() : NioIoHandler.newFactory());
    }

    /** A bootstrap for outgoing TCP: half-closure allowed, reading off, names never resolved. */
    public static Bootstrap client(EventLoop loop, SocketOptions options) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(EPOLL ? EpollSocketChannel.class : NioSocketChannel.class)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, READS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        return mark(bootstrap, options);
    }

    /** A bootstrap for a UDP socket. */
    public static Bootstrap datagrams(EventLoop loop, SocketOptions options, ChannelHandler handler) {
        return mark(datagrams(loop, handler, EPOLL ? EpollDatagramChannel::new : NioDatagramChannel::new), options);
    }

    /** A bootstrap for a UDP socket that clients send to, for the family of {@code local} as {@link #server} says. */
    public static Bootstrap datagrams(EventLoop loop, InetAddress local, ChannelHandler handler) {
        SocketProtocolFamily family = family(local);
        return datagrams(
                loop, handler, () -> EPOLL ? new EpollDatagramChannel(family) : new NioDatagramChannel(family));
    }

    /** The same for a socket that another process has bound, see {@link Handover}: to be registered, not bound. */
    public static Bootstrap adoptingDatagrams(EventLoop loop, Channel socket, ChannelHandler handler) {
        return datagrams(loop, handler, () -> (DatagramChannel) socket);
    }

    private static Bootstrap datagrams(
            EventLoop loop, ChannelHandler handler, ChannelFactory<? extends DatagramChannel> socket) {
        return new Bootstrap()
                .group(loop)
                .channelFactory(() -> {
                    DatagramChannel channel = socket.newChannel();
                    channel.config().setRecvByteBufAllocator(new DatagramReads(channel));
                    return channel;
                })
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .handler(handler);
    }

    /** A bootstrap for a UDP socket that sends from an address of another machine, {@code from}, and takes nothing in. */
    public static Bootstrap impersonating(EventLoop loop, InetAddress from) {
        Bootstrap bootstrap = datagrams(loop, from, new ChannelInboundHandlerAdapter())
                .option(EpollChannelOption.IP_TRANSPARENT, true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false);
        return mark(bootstrap, SocketOptions.DEFAULT.marked(SocketOptions.OWN_MARK));
    }

    /**
     * From now on {@code socket}, of {@link #datagrams}, takes many datagrams of up to {@value #SMALL_DATAGRAM} bytes from
     * the system at once, and holds more of them; or no longer. On its event loop.
     */
    public static void takeMany(Channel socket, boolean many) {
        if (socket instanceof EpollDatagramChannel epoll) {
            epoll.config().setMaxDatagramPayloadSize(many ? SMALL_DATAGRAM : 0);
        }
        if (many) {
            enlarge(socket, ChannelOption.SO_RCVBUF, RECEIVE_FORCE);
            enlarge(socket, ChannelOption.SO_SNDBUF, SEND_FORCE);
        }
    }

    /** As far as the system lets it; whoever may administer the network gets all of it. */
    private static void enlarge(Channel socket, ChannelOption<Integer> bytes, IntegerUnixChannelOption force) {
        socket.config().setOption(bytes, BURST);
        try {
            if (EPOLL) {
                socket.config().setOption(force, BURST);
            }
        } catch (ChannelException e) {
            // not permitted: net.core.rmem_max and wmem_max say how much there is
        }
    }

    /**
     * Sends a datagram without payload, which Netty's channels leave out of what they write. NIO has no way around them:
     * there it is lost.
     *
     * @param socket of {@link #datagrams}, on its event loop
     */
    public static void sendEmpty(Channel socket, InetSocketAddress to) {
        if (socket.isOpen() && socket instanceof EpollDatagramChannel epoll && epoll.fd() instanceof Socket fd) {
            try {
                fd.sendTo(EMPTY, 0, 0, to.getAddress(), to.getPort());
            } catch (IOException e) {
                // lost, as a datagram may be
            }
        }
    }

    /** A copy of a datagram that is to wait, as large as it is: what was received holds 64 KiB. Takes ownership. */
    public static ByteBuf copyOf(ByteBuf payload) {
        try {
            return payload.copy();
        } finally {
            payload.release();
        }
    }

    private static Bootstrap mark(Bootstrap bootstrap, SocketOptions options) {
        options.device().ifPresent(device -> {
            byte[] name = device.getBytes(StandardCharsets.UTF_8);
            ByteBuffer padded = ByteBuffer.allocate(16);
            padded.put(name, 0, Math.min(name.length, 15)).rewind();
            bootstrap.option(BIND_TO_DEVICE, padded);
        });
        if (options.mark() != 0) {
            bootstrap.option(MARK, options.mark());
        }
        return bootstrap;
    }

    /**
     * A bootstrap for a TCP listener whose children allow half-closure and start with {@link EndOfStream.ToFin}.
     *
     * @param local the address that will be bound: 0.0.0.0 is every IPv4 address and no other, as it reads; without this
     *     the socket would be one for IPv6, which takes both
     */
    public static ServerBootstrap server(
            EventLoopGroup loops, InetAddress local, java.util.function.Consumer<Channel> child) {
        SocketProtocolFamily family = family(local);
        return server(
                loops,
                () -> EPOLL
                        ? new EpollServerSocketChannel(family)
                        : new NioServerSocketChannel(SelectorProvider.provider(), family),
                child);
    }

    /** The same for a socket that another process has bound, see {@link Handover}: to be registered, not bound. */
    public static ServerBootstrap adopting(
            EventLoopGroup loops, Channel socket, java.util.function.Consumer<Channel> child) {
        return server(loops, () -> (ServerSocketChannel) socket, child);
    }

    private static ServerBootstrap server(
            EventLoopGroup loops,
            ChannelFactory<ServerSocketChannel> socket,
            java.util.function.Consumer<Channel> child) {
        return new ServerBootstrap()
                .group(loops)
                .channelFactory(socket)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast("fin", EndOfStream.ToFin.INSTANCE);
                        child.accept(channel);
                    }
                });
    }

    /** A bootstrap for a listener of the Unix domain, to which descriptors can be written. */
    static ServerBootstrap domainServer(EventLoopGroup loops, java.util.function.Consumer<Channel> child) {
        return new ServerBootstrap()
                .group(loops)
                .channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        child.accept(channel);
                    }
                });
    }

    /** The same for streams, as of {@link #server}. Linux only, see {@link #EPOLL}. */
    public static ServerBootstrap unixServer(EventLoopGroup loops, java.util.function.Consumer<Channel> child) {
        return domainServer(loops, channel -> {
                    channel.pipeline().addLast("fin", EndOfStream.ToFin.INSTANCE);
                    child.accept(channel);
                })
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    }

    /** A bootstrap for a client of the Unix domain that reads descriptors. */
    static Bootstrap domainClient(EventLoop loop, ChannelHandler handler) {
        return new Bootstrap()
                .group(loop)
                .channel(EpollDomainSocketChannel.class)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(EpollChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
                .handler(handler);
    }

    private static SocketProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    }

    /** Turns what a connect attempt threw into a failure that names the address. */
    public static Failure failure(SocketAddress address, Throwable cause) {
        String words = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        Failure.Kind kind;
        String why;
        if (cause instanceof ConnectTimeoutException || words.contains("timed out")) {
            kind = Failure.Kind.TIMEOUT;
            why = "no answer in time";
        } else if (words.contains("refused") || cause instanceof PortUnreachableException) {
            kind = Failure.Kind.REFUSED;
            why = "connection refused";
        } else if (words.contains("network is unreachable") || words.contains("no such device")) {
            kind = Failure.Kind.NETWORK_UNREACHABLE;
            why = words.contains("device") ? "the network interface is not there" : "network unreachable";
        } else if (cause instanceof NoRouteToHostException || words.contains("no route") || words.contains("unreach")) {
            kind = Failure.Kind.HOST_UNREACHABLE;
            why = "no route to host";
        } else {
            kind = Failure.Kind.HOST_UNREACHABLE;
            why = String.valueOf(cause.getMessage());
        }
        return new Failure(kind, text(address) + ": " + why, cause);
    }

    /** An address for messages, never resolved backwards. */
    public static String text(SocketAddress address) {
        return address instanceof java.net.InetSocketAddress inet && inet.getAddress() != null
                ? new dev.fenliu.model.Destination(
                                dev.fenliu.model.Host.of(inet.getAddress()), Math.max(1, inet.getPort()))
                        .toString()
                : String.valueOf(address);
    }
}

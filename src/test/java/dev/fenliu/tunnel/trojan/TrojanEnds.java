package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Both ends of the tunnel as a program would run them, on free ports of the loopback, and origins to talk to. */
public final class TrojanEnds implements AutoCloseable {
    public static final String PASSWORD = "a password of the test";
    public static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(2);
    private final List<AutoCloseable> toClose = new ArrayList<>();
    public final Direct direct = new Direct();

    /** What the server end hands upward arrives here, and is dialled directly. */
    public final Relaying served = new Relaying(direct);

    public int server(Optional<Destination> fallback) throws Exception {
        return server(Map.of(), fallback);
    }

    /** A server end with the usual password; its port. */
    public int server(Map<String, Secret> users, Optional<Destination> fallback) throws Exception {
        ListenerSettings settings = new ListenerSettings("trojan", "in", new InetSocketAddress(LOCAL, 0), users, false);
        TrojanListenerOptions options = new TrojanListenerOptions(
                Optional.of(new Secret(PASSWORD)),
                TestCertificates.text("server.pem"),
                new Secret(TestCertificates.text("server.key")),
                fallback,
                false);
        Acceptor acceptor = new TrojanListenerType().open(options, new ListenerContext(settings, served, direct));
        return listen(acceptor::accept);
    }

    public Outbound client(int server) throws IOException {
        return client(server, PASSWORD, TestCertificates.client());
    }

    public Outbound client(int server, String password, TlsOptions tls) throws IOException {
        return new TrojanType()
                .open(
                        "vps",
                        new TrojanOptions(local(server), new Secret(password), tls),
                        new TunnelContext(direct, (name, loop) -> {
                            throw new AssertionError("a tunnel sends names to its far end");
                        }));
    }

    /** A local port whose connections go through {@code outbound} to {@code destination}. */
    public int forward(Outbound outbound, Destination destination) throws Exception {
        return forward(new Relaying(outbound), destination);
    }

    public int forward(Relaying handler, Destination destination) throws Exception {
        return listen(channel -> handler.stream(new Plain(
                new Flow(1, Transport.TCP, "plain", new InetSocketAddress(LOCAL, 1), destination, Optional.empty()),
                channel)));
    }

    private int listen(Consumer<Channel> child) throws Exception {
        Channel listening = Sockets.server(loops, LOCAL, child)
                .bind(new InetSocketAddress(LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    public EventLoopGroup loops() {
        return loops;
    }

    public static Destination local(int port) {
        return new Destination(Host.of(LOCAL), port);
    }

    /** An origin that serves each connection on a thread of its own; its port. */
    public int origin(Service service) throws Exception {
        ServerSocket origin = new ServerSocket(0, 500, LOCAL);
        toClose.add(origin);
        thread(() -> {
            while (true) {
                Socket socket = origin.accept();
                thread(() -> {
                    try (socket) {
                        service.serve(socket.getInputStream(), socket.getOutputStream(), socket);
                    }
                });
            }
        });
        return origin.getLocalPort();
    }

    /** An origin that sends each datagram back; its port. */
    public int datagramEcho() throws Exception {
        DatagramSocket socket = new DatagramSocket(0, LOCAL);
        toClose.add(socket);
        thread(() -> {
            java.net.DatagramPacket packet = new java.net.DatagramPacket(new byte[65_535], 65_535);
            while (true) {
                packet.setLength(65_535);
                socket.receive(packet);
                socket.send(packet);
            }
        });
        return socket.getLocalPort();
    }

    /** Sends back what comes, then ends. */
    public static void echo(InputStream in, OutputStream out, Socket socket) throws Exception {
        in.transferTo(out);
        socket.shutdownOutput();
    }

    /** Answers when the question has ended. */
    public static void answerAtEnd(InputStream in, OutputStream out, Socket socket) throws Exception {
        byte[] question = in.readAllBytes();
        out.write(("answer to " + question.length).getBytes(StandardCharsets.US_ASCII));
    }

    /** Speaks first. */
    public static void greet(InputStream in, OutputStream out, Socket socket) throws Exception {
        out.write("220 ready".getBytes(StandardCharsets.US_ASCII));
    }

    /** A web site that serves one page and says what it was asked. */
    public static void site(InputStream in, OutputStream out, Socket socket) throws Exception {
        byte[] first = new byte[4096];
        int n = in.read(first);
        String asked = n < 0 ? "nothing" : new String(first, 0, n, StandardCharsets.ISO_8859_1);
        String page = "a harmless page for [" + asked + "]";
        out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + page.length() + "\r\nConnection: close\r\n\r\n" + page)
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    static void thread(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception e) {
                // the sockets of the test were closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    /** What an origin does with a connection. */
    @FunctionalInterface
    public interface Service {
        void serve(InputStream in, OutputStream out, Socket socket) throws Exception;
    }

    @FunctionalInterface
    interface Task {
        void run() throws Exception;
    }

    private record Plain(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            channel.close();
        }
    }

    /** Dials this machine: every name is 127.0.0.1. */
    public static final class Direct implements Dialer {
        @Override
        public Future<Channel> connect(Dial dial) {
            return AddressRace.connect(
                    List.of(address(dial.destination())),
                    dial.destination().port(),
                    SocketOptions.DEFAULT,
                    Duration.ofSeconds(2),
                    dial.loop());
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
            Promise<PacketTunnel> promise = dial.loop().newPromise();
            Sockets.datagrams(dial.loop(), SocketOptions.DEFAULT, new SimpleChannelInboundHandler<DatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                            InetSocketAddress from = packet.sender();
                            sink.receive(
                                    new Destination(Host.of(from.getAddress()), from.getPort()),
                                    packet.content().retain());
                        }
                    })
                    .bind(new InetSocketAddress(LOCAL, 0))
                    .addListener((ChannelFuture bound) -> promise.setSuccess(new DirectPackets(bound.channel())));
            return promise;
        }

        private static InetAddress address(Destination destination) {
            return destination.host() instanceof Host.Address address ? address.value() : LOCAL;
        }
    }

    private record DirectPackets(Channel channel) implements PacketTunnel {
        @Override
        public void send(Destination to, ByteBuf payload) {
            channel.writeAndFlush(new DatagramPacket(payload, new InetSocketAddress(Direct.address(to), to.port())));
        }

        @Override
        public void close() {
            channel.close();
        }
    }

    /** The least that an engine can be: sends every flow to one dialer. */
    public static final class Relaying implements FlowHandler {
        private final Dialer dialer;
        private final AtomicLong ids = new AtomicLong();
        public final Queue<Flow> flows = new ConcurrentLinkedQueue<>();
        public final Queue<InboundPackets> associations = new ConcurrentLinkedQueue<>();
        public final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
        public final Queue<Relay.Totals> totals = new ConcurrentLinkedQueue<>();
        public final AtomicLong closedAssociations = new AtomicLong();

        public Relaying(Dialer dialer) {
            this.dialer = dialer;
        }

        @Override
        public long nextId() {
            return ids.incrementAndGet();
        }

        @Override
        public void stream(InboundStream stream) {
            flows.add(stream.flow());
            Relay relay = Relay.hold(stream.channel());
            Dial dial = Dial.own(stream.flow().destination(), stream.channel().eventLoop());
            dialer.connect(dial).addListener((Future<Channel> done) -> {
                if (done.isSuccess()) {
                    stream.accept();
                    relay.join(done.getNow()).addListener((Future<Relay.Totals> end) -> totals.add(end.getNow()));
                } else {
                    failures.add(Failure.of(done.cause()));
                    stream.refuse(Failure.of(done.cause()));
                }
            });
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            associations.add(packets);
            Future<PacketTunnel> tunnel = dialer.openPackets(
                    Dial.own(Destination.parse("first.example:1"), packets.loop()), new PacketSink() {
                        @Override
                        public void receive(Destination from, ByteBuf payload) {
                            packets.send(from, payload);
                        }

                        @Override
                        public void closed(Failure why) {
                            packets.refuse(why);
                        }
                    });
            return new PacketFlow() {
                @Override
                public void receive(Destination to, ByteBuf payload) {
                    tunnel.addListener(
                            (Future<PacketTunnel> open) -> open.getNow().send(to, payload));
                }

                @Override
                public void close() {
                    closedAssociations.incrementAndGet();
                    tunnel.addListener(
                            (Future<PacketTunnel> open) -> open.getNow().close());
                }
            };
        }
    }
}

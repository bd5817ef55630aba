package dev.fenliu.tunnel;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What stands around the two ends of a tunnel: event loops, a dialer, origins, ports that lead through it. */
public final class Loopback implements AutoCloseable {
    public static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(2);
    private final List<AutoCloseable> toClose = new ArrayList<>();
    public final DirectDialer direct = new DirectDialer();

    /** What the server end hands upward arrives here, and is dialled directly. */
    public final RelayingHandler served = new RelayingHandler(direct);

    /** What a listener with these users is opened with. */
    public ListenerContext listener(String type, Map<String, Secret> users) {
        ListenerSettings settings = new ListenerSettings(type, "in", new InetSocketAddress(LOCAL, 0), users, false);
        return new ListenerContext(settings, served, direct);
    }

    /** A running server end; its port. */
    public int serve(Acceptor acceptor) throws Exception {
        int port = listen(acceptor::accept);
        if (acceptor.datagrams().isPresent()) {
            Sockets.datagrams(
                            loops.next(),
                            SocketOptions.DEFAULT,
                            acceptor.datagrams().get())
                    .bind(new InetSocketAddress(LOCAL, port))
                    .sync();
        }
        return port;
    }

    /** What a client end is opened with. */
    public TunnelContext context() {
        return new TunnelContext(direct, (name, loop) -> {
            throw new AssertionError("a tunnel sends names to its far end");
        });
    }

    /** A local port whose connections go through {@code outbound} to {@code destination}. */
    public int forward(RelayingHandler handler, Destination destination) throws Exception {
        return listen(channel -> handler.stream(new Plain(
                new Flow(1, Transport.TCP, "plain", new InetSocketAddress(LOCAL, 1), destination, Optional.empty()),
                channel)));
    }

    public int forward(Outbound outbound, Destination destination) throws Exception {
        return forward(new RelayingHandler(outbound), destination);
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
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
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

    /** Runs the task on a thread of its own until the test closes its sockets. */
    public static void thread(Task task) {
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
    public interface Task {
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
}

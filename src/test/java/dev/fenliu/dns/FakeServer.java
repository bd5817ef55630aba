package dev.fenliu.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A DNS server on loopback that misbehaves as a test says, on threads and sockets of the JDK. */
final class FakeServer implements AutoCloseable {
    /** Talks to one client over TCP until it returns or throws; the connection is then closed. */
    interface Conversation {
        void with(Peer peer) throws IOException;
    }

    /** The server's end of a TCP connection, with TLS or without; {@code raw} is what lies below it. */
    record Peer(Socket raw, DataInputStream in, OutputStream out, int number) {
        byte[] query() throws IOException {
            return in.readNBytes(in.readUnsignedShort());
        }

        void send(byte[] message) throws IOException {
            write(framed(message));
        }

        void write(byte... bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        void reset() throws IOException {
            raw.setSoLinger(true, 0);
            raw.close();
        }
    }

    static byte[] framed(byte[] message) {
        return ByteBuffer.allocate(2 + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }

    final AtomicInteger datagrams = new AtomicInteger();
    final AtomicInteger connections = new AtomicInteger();
    final List<Integer> clientPorts = new CopyOnWriteArrayList<>();
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final Cover cover;

    /** What a connection is wrapped in. */
    private interface Cover {
        Socket over(Socket raw) throws IOException;
    }

    /** @param answers the datagrams to send for a query */
    FakeServer(Function<byte[], List<byte[]>> answers, Conversation conversation) throws IOException {
        this(answers, conversation, raw -> raw);
    }

    private FakeServer(Function<byte[], List<byte[]>> answers, Conversation conversation, Cover cover)
            throws IOException {
        this.cover = cover;
        ServerSocket listener = listen();
        DatagramSocket socket = beside(listener);
        while (socket == null) { // somebody has the port for UDP
            listener.close();
            listener = listen();
            socket = beside(listener);
        }
        tcp = listener;
        udp = socket;
        start("udp", () -> serveUdp(answers));
        start("tcp", () -> serveTcp(conversation));
    }

    private static ServerSocket listen() throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return listener;
    }

    private static @Nullable DatagramSocket beside(ServerSocket listener) throws IOException {
        try {
            return new DatagramSocket(listener.getLocalSocketAddress());
        } catch (BindException e) {
            return null;
        }
    }

    static FakeServer udp(Function<byte[], List<byte[]>> answers) throws IOException {
        return new FakeServer(answers, peer -> {});
    }

    static FakeServer tcp(Conversation conversation) throws IOException {
        return new FakeServer(query -> List.of(), conversation);
    }

    /** @param protocols what it chooses from in the handshake */
    static FakeServer tls(SSLContext context, List<String> protocols, Conversation conversation) throws IOException {
        return new FakeServer(query -> List.of(), conversation, raw -> {
            SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(raw, null, true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setApplicationProtocols(protocols.toArray(new String[0]));
            secure.setSSLParameters(parameters);
            return secure;
        });
    }

    InetSocketAddress address() {
        return (InetSocketAddress) tcp.getLocalSocketAddress();
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, "fake-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void serveUdp(Function<byte[], List<byte[]>> answers) {
        byte[] buffer = new byte[65_535];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                datagrams.incrementAndGet();
                clientPorts.add(packet.getPort());
                for (byte[] answer : answers.apply(Arrays.copyOf(buffer, packet.getLength()))) {
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or a client that went away
            }
        }
    }

    private void serveTcp(Conversation conversation) {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                int number = connections.incrementAndGet();
                start("peer", () -> {
                    try (socket;
                            Socket covered = cover.over(socket)) {
                        conversation.with(new Peer(
                                socket,
                                new DataInputStream(covered.getInputStream()),
                                covered.getOutputStream(),
                                number));
                    } catch (IOException e) {
                        // the client closed
                    }
                });
            } catch (IOException e) {
                // closed
            }
        }
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

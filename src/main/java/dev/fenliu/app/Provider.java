package dev.fenliu.app;

import dev.fenliu.model.Addresses;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A user's internet provider in small, on loopback: a resolver, an origin, and the wire to the tunnel's server, which can
 * be cut. It writes down each byte that a provider would see. Safe for concurrent use; ends its threads when closed.
 */
final class Provider implements AutoCloseable {
    private static final InetAddress HERE = Addresses.of(new byte[] {127, 0, 0, 1});
    private static final int BACKLOG = 64;
    private static final int MAX_DATAGRAM = 4_096;

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "provider");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final Set<Closeable> wires = ConcurrentHashMap.newKeySet();
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final ServerSocket origin = listen(0);
    private final ServerSocket streams = listen(0);
    private final DatagramSocket datagrams = socket(0);
    private final DatagramSocket queries = socket(streams.getLocalPort());
    private final ServerSocket wire = listen(0);
    private volatile Wire state = Wire.WHOLE;
    private volatile int server;

    /** How the wire to the tunnel's server is. */
    enum Wire {
        WHOLE,
        /** Connections end as soon as they begin, and those that were there have ended. */
        CUT,
        /** What is sent comes to nothing. */
        SILENT
    }

    @FunctionalInterface
    private interface Service {
        void serve(Socket client) throws IOException;
    }

    @FunctionalInterface
    private interface Reply {
        byte[] to(byte[] request, InetAddress from) throws IOException;
    }

    Provider() throws IOException {
        accept(origin, this::answer);
        accept(streams, this::resolve);
        accept(wire, this::carry);
        receive(datagrams, (request, from) -> {
            note(from, request);
            return from(from).getBytes(StandardCharsets.US_ASCII);
        });
        receive(queries, this::resolved);
    }

    private ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket(port, BACKLOG, HERE);
        open.add(socket);
        return socket;
    }

    private DatagramSocket socket(int port) throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(HERE, port));
        open.add(socket);
        return socket;
    }

    private void accept(ServerSocket listener, Service service) {
        threads.execute(() -> {
            try {
                while (true) {
                    Socket client = listener.accept();
                    open.add(client);
                    threads.execute(() -> {
                        try (client) {
                            service.serve(client);
                        } catch (IOException e) {
                            // either side is gone
                        }
                    });
                }
            } catch (IOException e) {
                // closed
            }
        });
    }

    private void receive(DatagramSocket socket, Reply reply) {
        threads.execute(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
            while (!socket.isClosed()) {
                try {
                    packet.setLength(MAX_DATAGRAM);
                    socket.receive(packet);
                    byte[] answer = reply.to(Arrays.copyOf(packet.getData(), packet.getLength()), packet.getAddress());
                    socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                } catch (IOException e) {
                    // closed, or a query that is none
                }
            }
        });
    }

    /** What the tunnel's server sends from beyond the provider is not for its eyes. */
    private void note(InetAddress from, byte... bytes) {
        if (!from.equals(DemoPage.TUNNEL_SOURCE)) {
            synchronized (seen) {
                seen.writeBytes(bytes);
            }
        }
    }

    private static String from(InetAddress address) {
        return "from " + Addresses.text(address);
    }

    /** The origin tells each line from where it came, and in HTTP if it was a request. */
    private void answer(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean request = false;
        for (int next = in.read(); next >= 0; next = in.read()) {
            note(client.getInetAddress(), (byte) next);
            line.write(next);
            if (next != '\n') {
                continue;
            }
            String text = line.toString(StandardCharsets.ISO_8859_1).strip();
            line.reset();
            request = request || text.endsWith("HTTP/1.1");
            String from = from(client.getInetAddress()) + "\n";
            if (!request) {
                client.getOutputStream().write(from.getBytes(StandardCharsets.US_ASCII));
            } else if (text.isEmpty()) {
                String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + from.length() + "\r\n\r\n";
                client.getOutputStream().write((head + from).getBytes(StandardCharsets.US_ASCII));
                return;
            }
        }
    }

    private void resolve(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        while (true) {
            byte[] query = new byte[in.readUnsignedShort()];
            in.readFully(query);
            byte[] answer = resolved(query, client.getInetAddress());
            out.writeShort(answer.length);
            out.write(answer);
        }
    }

    /** Every name is here. */
    private byte[] resolved(byte[] query, InetAddress from) throws IOException {
        note(from, query);
        Message answer = new Message(query);
        Record question = answer.getQuestion();
        answer.removeAllRecords(Section.ADDITIONAL);
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        if (question.getType() == Type.A) {
            answer.addRecord(new ARecord(question.getName(), question.getDClass(), 300, HERE), Section.ANSWER);
        }
        return answer.toWire();
    }

    private void carry(Socket client) throws IOException {
        wires.add(client);
        if (state == Wire.CUT) {
            return;
        }
        if (state == Wire.SILENT) {
            client.getInputStream().readAllBytes();
            return;
        }
        try (Socket far = new Socket(HERE, server)) {
            wires.add(far);
            threads.execute(() -> {
                try (client;
                        far) {
                    copy(far, client);
                } catch (IOException e) {
                    // either side is gone
                }
            });
            copy(client, far);
        }
    }

    private void copy(Socket from, Socket to) throws IOException {
        byte[] buffer = new byte[16_384];
        OutputStream out = to.getOutputStream();
        for (int n = from.getInputStream().read(buffer);
                n >= 0;
                n = from.getInputStream().read(buffer)) {
            note(HERE, Arrays.copyOf(buffer, n));
            out.write(buffer, 0, n);
        }
    }

    /** The wire leads to this port of loopback. */
    void leadTo(int port) {
        server = port;
    }

    /** What is on the wire now is lost. */
    void set(Wire next) throws IOException {
        state = next;
        for (Closeable end : wires) {
            end.close();
        }
        wires.clear();
    }

    int originPort() {
        return origin.getLocalPort();
    }

    int datagramPort() {
        return datagrams.getLocalPort();
    }

    /** By UDP and TCP. */
    int resolverPort() {
        return queries.getLocalPort();
    }

    int wirePort() {
        return wire.getLocalPort();
    }

    /** How often it has seen a text, in letters of any case: a label as it is in dotted names, in DNS, and in TLS. */
    int sightings(String text) {
        String all;
        synchronized (seen) {
            all = seen.toString(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        }
        int count = 0;
        for (int at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
            count++;
        }
        return count;
    }

    /** How many bytes it has seen. */
    int size() {
        synchronized (seen) {
            return seen.size();
        }
    }

    @Override
    public void close() throws IOException {
        set(Wire.CUT);
        for (Closeable one : open) {
            one.close();
        }
        threads.shutdownNow();
    }
}

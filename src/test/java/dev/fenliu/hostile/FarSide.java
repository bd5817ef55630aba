package dev.fenliu.hostile;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.outbound.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A way out that never leaves the machine, wherever flows want to go: port 80 is a web server that answers a request with
 * what it got, port 8080 one that answers with what it was told, every other port sends back what comes, and so do
 * datagrams. Names like {@code tunnel-down.fail.test} fail in that way.
 */
public final class FarSide implements Outbound, AutoCloseable {
    private static final String FAILS = ".fail.test";

    private final ServerSocket echo = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    private final ServerSocket web = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    private final ServerSocket told = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    private volatile byte[] answer = {};

    /** Where flows wanted to go, oldest first. */
    public final Queue<Destination> asked = new ConcurrentLinkedQueue<>();

    public FarSide() throws IOException {
        serve(echo, FarSide::echo);
        serve(web, FarSide::web);
        serve(told, (in, out) -> {
            if (request(in) != null) {
                out.write(answer);
            }
        });
    }

    /** What the web server on port 8080 answers from here on, before it ends its stream. */
    public void answers(byte[] bytes) {
        answer = bytes;
    }

    private interface Service {
        void serve(InputStream in, OutputStream out) throws IOException;
    }

    private static void serve(ServerSocket origin, Service service) {
        thread(() -> {
            while (true) {
                Socket client = origin.accept();
                thread(() -> {
                    try (client) {
                        service.serve(client.getInputStream(), client.getOutputStream());
                    }
                });
            }
        });
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void thread(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the client or the test has gone
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void echo(InputStream in, OutputStream out) throws IOException {
        in.transferTo(out);
    }

    private static void web(InputStream in, OutputStream out) throws IOException {
        for (String request; (request = request(in)) != null; ) {
            byte[] head = ("HTTP/1.1 200 OK\r\nContent-Length: " + request.length() + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1);
            out.write(head);
            if (!request.startsWith("HEAD ")) {
                out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** A whole request, read as somebody would who trusts the proxy; null when there is none. */
    private static String request(InputStream in) throws IOException {
        StringBuilder all = new StringBuilder();
        if (!readTo(in, all, "\r\n\r\n")) {
            return null;
        }
        String head = all.toString().toLowerCase(Locale.ROOT);
        int at = head.indexOf("\r\ncontent-length:");
        if (at >= 0) {
            String value = head.substring(at + 17, head.indexOf("\r\n", at + 2)).trim();
            long length = Long.parseLong(value);
            byte[] body = in.readNBytes((int) Math.min(length, Integer.MAX_VALUE));
            all.append(new String(body, StandardCharsets.ISO_8859_1));
            return body.length == length ? all.toString() : null;
        }
        if (!head.contains("\r\ntransfer-encoding:")) {
            return all.toString();
        }
        for (long size = 1; size > 0; ) {
            int from = all.length();
            if (!readTo(in, all, "\r\n")) {
                return null;
            }
            size = Long.parseLong(all.substring(from).split("[;\r]", 2)[0], 16);
            byte[] chunk = in.readNBytes(size == 0 ? 0 : (int) Math.min(size + 2, Integer.MAX_VALUE));
            all.append(new String(chunk, StandardCharsets.ISO_8859_1));
        }
        for (int from = -1; !all.substring(Math.max(0, from)).equals("\r\n"); ) {
            from = all.length();
            if (!readTo(in, all, "\r\n")) {
                return null;
            }
        }
        return all.toString();
    }

    private static boolean readTo(InputStream in, StringBuilder all, String end) throws IOException {
        int from = all.length();
        while (all.indexOf(end, Math.max(from, all.length() - end.length())) < 0) {
            int b = in.read();
            if (b < 0) {
                return false;
            }
            all.append((char) b);
        }
        return true;
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public Set<Transport> transports() {
        return EnumSet.allOf(Transport.class);
    }

    private static Failure failure(Destination destination) {
        String host = destination.host() instanceof Host.Name name ? name.value() : "";
        if (!host.endsWith(FAILS)) {
            return null;
        }
        String kind = host.substring(0, host.length() - FAILS.length());
        return new Failure(Failure.Kind.valueOf(kind.toUpperCase(Locale.ROOT).replace('-', '_')), "as the test has it");
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        asked.add(dial.destination());
        Failure failure = failure(dial.destination());
        if (failure != null) {
            return dial.loop().newFailedFuture(failure);
        }
        ServerSocket origin = switch (dial.destination().port()) {
            case 80 -> web;
            case 8080 -> told;
            default -> echo;
        };
        InetSocketAddress address = (InetSocketAddress) origin.getLocalSocketAddress();
        return AddressRace.connect(
                List.of(address.getAddress()),
                address.getPort(),
                SocketOptions.DEFAULT,
                Duration.ofSeconds(5),
                dial.loop());
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Failure failure = failure(dial.destination());
        if (failure != null) {
            return dial.loop().newFailedFuture(failure);
        }
        return dial.loop().newSucceededFuture(new PacketTunnel() {
            @Override
            public void send(Destination to, ByteBuf payload) {
                sink.receive(to, payload);
            }

            @Override
            public void close() {}
        });
    }

    @Override
    public void close() {
        try {
            echo.close();
            web.close();
            told.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

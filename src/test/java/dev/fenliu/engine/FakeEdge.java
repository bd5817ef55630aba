package dev.fenliu.engine;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An edge that stands for all sites of ChatGPT, each under a name of its own below {@code .test}, and for a SOCKS5 proxy
 * that leads every name to it.
 */
public final class FakeEdge implements Closeable {
    private static final String TRACE = "fl=1\nip=203.0.113.7\nts=1.2\nloc=SE\ntls=TLSv1.3\n";

    /** What it was asked for: method, host and path. */
    final Queue<String> asked = new ConcurrentLinkedQueue<>();

    private final Map<String, String> says = new ConcurrentHashMap<>();
    private final ServerSocket server;

    /** Where all is well. */
    public FakeEdge() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        exit("203.0.113.7", "SE");
        says.putAll(Map.of(
                "web.test/",
                ok("<html>ChatGPT</html>"),
                "login.test/",
                "HTTP/1.1 302 Found\r\nLocation: /authorize\r\nContent-Length: 0\r\n\r\n",
                "api.test/v1/models",
                status("401 Unauthorized", "{}"),
                "api.test/v1/chat/completions",
                status("401 Unauthorized", "{}"),
                "api.test/v1/realtime?model=gpt-realtime",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));
        daemon(() -> {
            while (true) {
                Socket client = server.accept();
                daemon(() -> serve(client));
            }
        });
    }

    /** What a trace page says of that exit. */
    static String trace(String address, String country) {
        return ok(TRACE.replace("203.0.113.7", address).replace("SE", country));
    }

    static String ok(String body) {
        return status("200 OK", body);
    }

    /** An answer with that status and body. */
    public static String status(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** From now on, what is asked for under a host and path, such as {@code web.test/}, gets this answer. */
    public FakeEdge says(String page, String answer) {
        says.put(page, answer);
        return this;
    }

    /** From now on, it sees its visitors there. */
    public FakeEdge exit(String address, String country) {
        return says("web.test/cdn-cgi/trace", trace(address, country))
                .says("challenge.test/cdn-cgi/trace", trace(address, country));
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Its sites, with that server for datagrams. */
    public ChatGpt sites(dev.fenliu.model.Destination stun) {
        return new ChatGpt(site("web.test"), site("api.test"), site("login.test"), site("challenge.test"), stun);
    }

    private URI site(String name) {
        return URI.create("http://" + name + ":" + port());
    }

    boolean isClosed() {
        return server.isClosed();
    }

    /** What may fail when the test is over. */
    interface Task {
        void run() throws Exception;
    }

    static void daemon(Task task) {
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

    private void serve(Socket client) throws IOException {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            in.mark(1);
            boolean socks = in.read() == 5;
            in.reset();
            if (socks && !connect(in, out)) {
                return;
            }
            String[] request = line(in).split(" ", -1);
            String host = "";
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                if (line.toLowerCase(Locale.ROOT).startsWith("host:")) {
                    host = line.substring(5).strip().split(":", -1)[0];
                }
            }
            asked.add(request[0] + " " + host + request[1]);
            String answer = says.getOrDefault(host + request[1], status("404 Not Found", ""));
            out.write(answer.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** SOCKS5 without login; only TCP, and every destination is this edge. */
    private static boolean connect(InputStream in, OutputStream out) throws IOException {
        in.skipNBytes(1);
        in.skipNBytes(in.read());
        out.write(new byte[] {5, 0});
        byte[] head = in.readNBytes(4);
        int address = switch (head[3]) {
            case 1 -> 4;
            case 3 -> in.read();
            default -> 16;
        };
        in.skipNBytes(address + 2);
        boolean tcp = head[1] == 1;
        out.write(new byte[] {5, (byte) (tcp ? 0 : 7), 0, 1, 0, 0, 0, 0, 0, 0});
        return tcp;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

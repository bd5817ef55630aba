package dev.fenliu.e2e;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;

/** A web server on loopback that answers with the road its request took: told by the address it came from. */
public final class Origin implements AutoCloseable {
    /** Where the far end of the tunnel dials from. */
    public static final String TUNNEL_SOURCE = "127.0.0.2";

    private final HttpServer server;
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    public Origin() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 64);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "origin");
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] asked = exchange.getRequestBody().readAllBytes();
                String from = exchange.getRemoteAddress().getAddress().getHostAddress();
                String road = from.equals(TUNNEL_SOURCE) ? "tunnel" : "direct";
                String host = exchange.getRequestHeaders().getFirst("Host").replaceAll(":.*", "");
                seen.add(road + " " + host);
                byte[] body = ("road=" + road + " host=" + host + " body=" + asked.length + "\n")
                        .getBytes(StandardCharsets.US_ASCII);
                exchange.getResponseHeaders().set("Content-Type", "text/plain");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** {@code road host} of every request so far. */
    public Queue<String> seen() {
        return seen;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

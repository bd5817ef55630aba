package dev.fenliu.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * The origin of the demo: a page that tells from which address its request came. The demo's tunnel server dials it from
 * {@link #TUNNEL_SOURCE}, so the road shows on the wire.
 */
final class DemoPage implements AutoCloseable {
    /** Where requests come from that went through the tunnel. */
    static final InetAddress TUNNEL_SOURCE = Addresses.of(new byte[] {127, 0, 0, 2});

    private static final InetAddress OWN = Addresses.of(new byte[] {127, 87, 0, 1});
    private static final InetAddress COMMON = Addresses.of(new byte[] {127, 0, 0, 1});

    private final HttpServer server;
    private volatile UnaryOperator<String> explanation = host -> "";

    DemoPage() throws IOException {
        server = bind();
        server.createContext("/", this::answer);
        server.start();
    }

    /** On port 80 of a loopback address of its own, where that is permitted; else on a free port. */
    private static HttpServer bind() throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(OWN, 80), 0);
        } catch (IOException e) {
            return HttpServer.create(new InetSocketAddress(COMMON, 0), 0);
        }
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    /** What the page asks for the rule that decided about a host. */
    void explains(UnaryOperator<String> explainer) {
        explanation = explainer;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            InetAddress from = exchange.getRemoteAddress().getAddress();
            boolean tunnel = from.equals(TUNNEL_SOURCE);
            String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
            String name = host.contains(":") ? host.substring(0, host.lastIndexOf(':')) : host;
            String text = "This request came " + (tunnel ? "through the tunnel." : "directly.") + "\n\n"
                    + "road: " + (tunnel ? "tunnel" : "direct") + "\n"
                    + "host: " + printable(name) + "\n"
                    + "rule: " + explanation.apply(printable(name)) + "\n"
                    + "arrived from: " + Addresses.text(from) + "\n";
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(200, exchange.getRequestMethod().equals("HEAD") ? -1 : body.length);
            if (!exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^A-Za-z0-9._-]", "?");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

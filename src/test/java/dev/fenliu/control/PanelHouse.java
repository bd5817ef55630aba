package dev.fenliu.control;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.fenliu.control.clash.ClashRoutes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A proxy with groups, lists, a node and one flow, whose API dashboards for Clash can use, and a page to test latency with. */
final class PanelHouse implements AutoCloseable {
    /** An answer: of a WebSocket, its first message. */
    record Answer(int status, String text) {
        JsonElement json() {
            return JsonParser.parseString(text);
        }
    }

    private static final int PATIENCE = 30;
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    final RecordedCore core = new RecordedCore();
    final Served served;
    private final HttpServer page;
    private final ServerSocket origin;
    private final List<Socket> sockets = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    PanelHouse(Path folder) throws Exception {
        page = HttpServer.create(new InetSocketAddress(HERE, 0), 0);
        page.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        page.start();
        origin = new ServerSocket(0, 9, HERE);
        Path nodes = Files.writeString(
                folder.resolve("nodes.yaml"), "proxies: [{name: n1, type: socks5, server: node.test, port: 1080}]\n");
        Files.setPosixFilePermissions(nodes, PosixFilePermissions.fromString("rw-------"));
        served = new Served(
                folder.resolve("state"),
                """
                listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
                api: {listen: "127.0.0.1:0", origins: ["https://panel.example"]}
                outbounds:
                  vps: {type: direct, source-address: 127.0.0.2}
                  spare: {type: direct, source-address: 127.0.0.3}
                  dead: {type: socks5, server: "127.0.0.1:1"}
                subscriptions: {air: {file: "%s"}}
                groups:
                  ai: {type: select, members: [vps, spare, direct]}
                  "🇯🇵fast": {type: fallback, members: [vps, spare]}
                  auto: {type: fastest, members: [vps], use: [air], check: {url: "http://127.0.0.1:1/", every: 1h}}
                  lb: {type: load-balance, members: [vps, spare]}
                rule-sets: {openai: {entries: [chatgpt.test, openai.test]}}
                rules:
                  - {rule-set: openai, to: ai}
                  - {network: udp, port: 443, to: block}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:9"], bootstrap: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1, chatgpt.test: 127.0.0.1}}
                """.formatted(nodes),
                proxy -> ClashRoutes.routes(proxy, core, "9.9", folder.resolve("state"), System::nanoTime));
    }

    /** A flow that stays. @return its id */
    String flow() throws IOException {
        int port = Objects.requireNonNull(served.proxy.addresses().get("in")).getPort();
        Socket socket = new Socket(HERE, port);
        sockets.add(socket);
        socket.setSoTimeout(PATIENCE * 1000);
        String head = "CONNECT chatgpt.test:" + origin.getLocalPort() + " HTTP/1.1\r\nHost: chatgpt.test\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        sockets.add(origin.accept());
        socket.getInputStream().read(); // the answer, so that it is open
        return Long.toString(served.proxy.overview().flows().get(0).flow().id());
    }

    /** The address of a page that is there. */
    String page() {
        return URLEncoder.encode("http://127.0.0.1:" + page.getAddress().getPort() + "/", StandardCharsets.UTF_8);
    }

    String base() {
        return "http://127.0.0.1:" + served.port();
    }

    /** @param content type and body, with a blank between them; empty for none */
    Answer ask(String method, String path, String content) throws Exception {
        int blank = content.indexOf(' ');
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base() + path))
                .header("Authorization", "Bearer " + served.token())
                .method(method, HttpRequest.BodyPublishers.ofString(content.substring(blank + 1)));
        if (!content.isEmpty()) {
            request.header("Content-Type", blank < 0 ? content : content.substring(0, blank));
        }
        if (blank < 0) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    Answer get(String path) throws Exception {
        return ask("GET", path, "");
    }

    /** What a WebSocket is told first, and then. */
    BlockingQueue<String> socket(String path) {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        client.newWebSocketBuilder()
                .buildAsync(URI.create(base().replace("http", "ws") + path), new WebSocket.Listener() {
                    private final StringBuilder text = new StringBuilder();

                    @Override
                    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
                        text.append(part);
                        if (last) {
                            texts.add(text.toString());
                            text.setLength(0);
                        }
                        socket.request(1);
                        return null;
                    }
                })
                .join();
        return texts;
    }

    /** The first message, or the status of the refusal. */
    Answer first(String path) throws InterruptedException {
        try {
            String text = socket(path).poll(PATIENCE, TimeUnit.SECONDS);
            return new Answer(101, Objects.requireNonNull(text, "nothing came"));
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return new Answer(refused.getResponse().statusCode(), "");
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        served.close();
        page.stop(0);
        origin.close();
    }
}

package dev.fenliu.control.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.config.Secret;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Routes, bodies, scopes, the worker and feeds, with routes of no consequence. */
@Timeout(120)
class HttpServerTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String ADMIN = "the-token-of-the-admin";
    private static final String READER = "the-token-of-a-reader";

    private final EventLoopGroup loops = Sockets.loops(1);
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final BlockingQueue<Sink> sinks = new LinkedBlockingQueue<>();
    private Credentials credentials;
    private int port;

    private static JsonObject object(String name, String value) {
        JsonObject object = new JsonObject();
        object.addProperty(name, value);
        return object;
    }

    @BeforeEach
    void serve() throws InterruptedException {
        credentials = new Credentials(
                List.of(
                        new Credentials.Granted(new Token(new Secret(ADMIN)), Scope.ADMIN),
                        new Credentials.Granted(new Token(new Secret(READER)), Scope.READ)),
                nanos::get);
        Feed feed = (call, sink) -> {
            if (call.parameter("bad").isPresent()) {
                throw new BadRequest("no such thing");
            }
            open.incrementAndGet();
            sinks.add(sink);
            sink.send(new JsonPrimitive("first"));
            return closed::incrementAndGet;
        };
        Routes routes = new Routes(List.of(
                Route.now(
                        HttpMethod.GET,
                        "/things/{name}",
                        Scope.READ,
                        call -> Reply.json(object("name", call.captured("name")))),
                Route.now(HttpMethod.GET, "/things/special", Scope.READ, call -> Reply.json(object("name", "literal"))),
                Route.work(
                        HttpMethod.PUT,
                        "/things/{name}",
                        Scope.ADMIN,
                        call -> Reply.json(object(
                                Thread.currentThread().getName(), call.json().toString()))),
                Route.now(HttpMethod.POST, "/old", Scope.READ, call -> Reply.json(object("body", call.body())))
                        .lenient(),
                Route.now(
                        HttpMethod.GET,
                        "/files/{path...}",
                        null,
                        call -> Reply.json(object("path", call.captured("path")))),
                Route.now(HttpMethod.GET, "/broken", null, call -> {
                    throw new IllegalStateException("a bug");
                }),
                Route.now(
                        HttpMethod.GET,
                        "/page",
                        null,
                        call -> Reply.json(call.page().of(List.of(1, 2, 3), JsonPrimitive::new))),
                Route.feed("/feed", Scope.READ, feed),
                Route.feed("/old-feed", Scope.READ, feed).lenient()));
        HttpServer server =
                new HttpServer(new Gate(credentials, Set.of(), nanos::get), routes, new HttpServer.Threads());
        Channel bound = Sockets.server(loops, HERE, server::accept)
                .bind(new InetSocketAddress(HERE, 0))
                .sync()
                .channel();
        port = ((InetSocketAddress) bound.localAddress()).getPort();
    }

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Socket connect(String token, String request, String body) throws IOException {
        Socket socket = new Socket(HERE, port);
        socket.setSoTimeout(30_000);
        String head = request.replace("\r\n", "\n").replace("\n", "\r\n");
        socket.getOutputStream()
                .write((head + "\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer " + token + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private String exchange(String token, String request, String body) throws IOException {
        try (Socket socket = connect(token, request + "\nConnection: close", body)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String get(String path) throws IOException {
        return exchange(READER, "GET " + path + " HTTP/1.1", "");
    }

    private static String json(int length) {
        return "\nContent-Type: application/json; charset=utf-8\nContent-Length: " + length;
    }

    @Test
    void a_capture_is_one_segment_whatever_is_in_it() throws IOException {
        assertThat(get("/things/a%2Fb%20%F0%9F%87%AD%F0%9F%87%B0+c"))
                .endsWith("{\"name\":\"a/b \uD83C\uDDED\uD83C\uDDF0+c\"}");
        assertThat(get("/things/special")).contains("literal");
        assertThat(get("/things/a/b")).startsWith("HTTP/1.1 404");
        assertThat(get("/things/%zz")).startsWith("HTTP/1.1 400");
        assertThat(get("/files/a/b%2Fc/../d")).contains("{\"path\":\"a/b/c/../d\"}");
        assertThat(get("/files/")).contains("{\"path\":\"\"}");
        assertThat(get("/files")).startsWith("HTTP/1.1 404");
    }

    @Test
    void the_literal_path_decides_which_methods_there_are() throws IOException {
        assertThat(exchange(ADMIN, "PUT /things/special HTTP/1.1", ""))
                .startsWith("HTTP/1.1 405")
                .contains("Allow: GET, HEAD");
        assertThat(exchange(ADMIN, "POST /things/x HTTP/1.1", "")).contains("Allow: GET, HEAD, PUT");
        assertThat(exchange(ADMIN, "HEAD /things/x HTTP/1.1", ""))
                .startsWith("HTTP/1.1 200")
                .endsWith("\r\n\r\n");
    }

    @Test
    void a_body_comes_whole_and_on_the_worker() throws IOException {
        assertThat(exchange(ADMIN, "PUT /things/x HTTP/1.1" + json(10), "{\"a\":\"ü\"}"))
                .contains("api-worker", "ü");
        assertThat(exchange(
                        ADMIN,
                        "PUT /things/x HTTP/1.1\nContent-Type: application/json\nTransfer-Encoding: chunked",
                        "3\r\n{\"a\r\n5\r\n\":12}\r\n0\r\n\r\n"))
                .contains("{\\\"a\\\":12}");
    }

    @Test
    void what_is_no_json_object_of_at_most_a_mebibyte_is_refused() throws IOException {
        for (String bad : List.of("[]", "{", "{'a':1}", "{\"a\":1} {}", "nul", "{a:1}")) {
            assertThat(exchange(ADMIN, "PUT /things/x HTTP/1.1" + json(bad.length()), bad))
                    .as(bad)
                    .startsWith("HTTP/1.1 400");
        }
        assertThat(exchange(ADMIN, "PUT /things/x HTTP/1.1" + json((1 << 20) + 1), ""))
                .startsWith("HTTP/1.1 413");
        String whole = "{\"a\":\"" + "b".repeat((1 << 20) - 8) + "\"}";
        assertThat(exchange(ADMIN, "PUT /things/x HTTP/1.1" + json(whole.length()), whole))
                .startsWith("HTTP/1.1 200");
        assertThat(exchange(
                        ADMIN,
                        "PUT /things/x HTTP/1.1\nContent-Type: application/json\nTransfer-Encoding: chunked",
                        "100001\r\n" + "b".repeat(0x100001) + "\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(exchange(ADMIN, "PUT /things/x HTTP/1.1\nContent-Type: text/plain\nContent-Length: 2", "{}"))
                .startsWith("HTTP/1.1 415");
        assertThat(exchange(READER, "POST /old HTTP/1.1\nContent-Type: text/plain\nContent-Length: 2", "{}"))
                .contains("\"body\":\"{}\"");
    }

    @Test
    void who_waits_for_a_word_before_the_body_gets_it() throws IOException {
        try (Socket socket = connect(ADMIN, "PUT /things/x HTTP/1.1\nExpect: 100-continue" + json(2), "")) {
            byte[] word = socket.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
            assertThat(new String(word, StandardCharsets.UTF_8)).startsWith("HTTP/1.1 100");
            socket.getOutputStream().write("{}".getBytes(StandardCharsets.UTF_8));
            assertThat(line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
        }
        assertThat(exchange(READER, "PUT /things/x HTTP/1.1\nExpect: 100-continue" + json(2), ""))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void a_connection_goes_on_after_a_body() throws IOException {
        try (Socket socket = connect(ADMIN, "PUT /things/x HTTP/1.1" + json(2), "{}")) {
            assertThat(line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
            skipAnswer(socket.getInputStream());
            socket.getOutputStream()
                    .write(("GET /page?limit=1&offset=1 HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
            assertThat(skipAnswer(socket.getInputStream())).isEqualTo("{\"total\":3,\"offset\":1,\"items\":[2]}");
        }
    }

    private Socket halfOpened(String text) throws IOException {
        Socket socket = new Socket(HERE, port);
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    /** Serves, from now on, what is made when {@code go} counts down. */
    private void serveLater(Supplier<List<Route>> making) throws InterruptedException {
        Credentials nobody = new Credentials(List.of(), nanos::get);
        HttpServer server =
                new HttpServer(new Gate(nobody, Set.of(), nanos::get), new Routes(making), new HttpServer.Threads());
        Channel bound = Sockets.server(loops, HERE, server::accept)
                .bind(new InetSocketAddress(HERE, 0))
                .sync()
                .channel();
        port = ((InetSocketAddress) bound.localAddress()).getPort();
    }

    @Test
    void who_comes_while_the_routes_are_made_is_answered_in_order_and_holds_nobody_up() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger made = new AtomicInteger();
        serveLater(() -> {
            made.incrementAndGet();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return List.of(Route.post(
                    "/echo", null, call -> call.loop().newSucceededFuture(Reply.json(object("body", call.body())))));
        });
        String head = "POST /echo HTTP/1.1\nHost: 127.0.0.1:" + port
                + "\nContent-Type: application/json\nConnection: close\nContent-Length: 11\n\n";
        try (Socket whole = halfOpened(head + "{\"a\":\"one\"}");
                Socket parts = halfOpened(head + "{\"a\":");
                Socket gone = halfOpened(head)) {
            whole.shutdownOutput(); // that no more comes is heard after what came
            await().untilAsserted(() -> assertThat(made).hasValue(1));
            for (EventExecutor loop : loops) {
                loop.submit(() -> {}).get(); // it waits for nothing
            }
            parts.getOutputStream().write("\"two\"}".getBytes(StandardCharsets.UTF_8));
            gone.close();
            go.countDown();
            assertThat(new String(whole.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("one");
            assertThat(new String(parts.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("two");
        }
        assertThat(made).hasValue(1);
    }

    @Test
    void who_sends_much_while_the_routes_are_made_has_the_refusal_for_it() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        serveLater(() -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return List.of(Route.now(HttpMethod.POST, "/echo", null, call -> Reply.empty()));
        });
        String head = "POST /echo HTTP/1.1\nHost: 127.0.0.1:" + port
                + "\nContent-Type: application/json\nContent-Length: 9000000\n\n";
        try (Socket much = halfOpened(head)) {
            Thread sender = new Thread(() -> {
                try {
                    much.getOutputStream().write(new byte[9_000_000]);
                } catch (IOException e) {
                    // the test is over
                }
            });
            sender.start();
            go.countDown();
            assertThat(much.getInputStream().readNBytes(13)).asString().isEqualTo("HTTP/1.1 413 ");
        }
    }

    @Test
    void who_comes_is_let_go_when_the_routes_cannot_be_made() throws Exception {
        serveLater(() -> {
            throw new IllegalStateException("a bug");
        });
        try (Socket client = halfOpened("GET / HTTP/1.1\nHost: 127.0.0.1\n\n")) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException reset) {
            // what it has sent was not read
        }
    }

    @Test
    void pages_have_bounds() throws IOException {
        assertThat(get("/page?offset=9")).contains("\"items\":[]");
        for (String bad : List.of("limit=0", "limit=1001", "offset=-1", "offset=x", "limit=99999999999")) {
            assertThat(get("/page?" + bad)).startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void a_bug_is_told_as_one_and_no_more() throws IOException {
        assertThat(get("/broken")).startsWith("HTTP/1.1 500").doesNotContain("a bug", "IllegalState");
    }

    @Test
    void a_scope_includes_those_before_it() throws IOException {
        assertThat(exchange(READER, "PUT /things/x HTTP/1.1" + json(2), "{}"))
                .startsWith("HTTP/1.1 403")
                .contains("\"message\":\"that takes a token of scope \\\"admin\\\"\"");
        assertThat(exchange(ADMIN, "GET /things/x HTTP/1.1", "")).startsWith("HTTP/1.1 200");
    }

    @Test
    void a_feed_is_lines_or_events_for_who_reads_answers() throws Exception {
        try (Socket socket = connect(READER, "GET /feed HTTP/1.0\nAccept: */*", "")) {
            assertThat(line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
            assertThat(skipHead(socket.getInputStream())).contains("content-type: application/json");
            assertThat(line(socket.getInputStream())).isEqualTo("\"first\"");
            sinks.take().end();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket socket = connect(READER, "GET /feed HTTP/1.1\nAccept: text/event-stream", "")) {
            assertThat(skipHead(socket.getInputStream()))
                    .contains("content-type: text/event-stream", "transfer-encoding: chunked");
            assertThat(line(socket.getInputStream())).isEqualTo("f");
            assertThat(line(socket.getInputStream())).isEqualTo("data: \"first\"");
        }
        await().until(() -> closed.get() == 2);
        assertThat(get("/feed?bad=1")).startsWith("HTTP/1.1 400").contains("no such thing");
        assertThat(closed).hasValue(2);
    }

    /** Texts that arrive, or "closed CODE". */
    private BlockingQueue<String> socket(String path) throws Exception {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + path), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                        texts.add(text.toString());
                        socket.request(1);
                        return null;
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                        texts.add("closed " + code);
                        return null;
                    }
                })
                .whenComplete((socket, failure) -> {
                    if (failure != null) {
                        texts.add(
                                failure.getCause() instanceof WebSocketHandshakeException refused
                                        ? "refused " + refused.getResponse().statusCode()
                                        : failure.toString());
                    }
                });
        return texts;
    }

    @Test
    void a_ticket_opens_one_web_socket() throws Exception {
        String ticket = credentials.ticket(Scope.READ);
        BlockingQueue<String> texts = socket("/feed?ticket=" + ticket);
        assertThat(texts.take()).isEqualTo("\"first\"");
        Sink sink = sinks.take();
        sink.send(object("a", "ü"));
        assertThat(texts.take()).isEqualTo("{\"a\":\"ü\"}");
        sink.end();
        assertThat(texts.take()).isEqualTo("closed 1000");
        await().until(() -> closed.get() == 1);
        assertThat(socket("/feed?ticket=" + ticket).take()).isEqualTo("refused 401");
        assertThat(socket("/feed?token=" + READER).take()).isEqualTo("refused 401");
        assertThat(socket("/old-feed?token=" + READER).take()).isEqualTo("\"first\"");
        String late = credentials.ticket(Scope.ADMIN);
        nanos.addAndGet(Credentials.TICKET.toNanos());
        assertThat(socket("/feed?ticket=" + late).take()).isEqualTo("refused 401");
    }

    @Test
    void a_client_that_does_not_read_is_let_go() throws Exception {
        try (Socket socket = connect(READER, "GET /feed HTTP/1.1", "")) {
            Sink sink = sinks.take();
            JsonPrimitive much = new JsonPrimitive("x".repeat(100_000));
            await().until(() -> {
                sink.send(much);
                return closed.get() == 1;
            });
            assertThat(sink.isWritable()).isFalse();
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) >= 0 && c != '\n'; ) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static String skipHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\n\n") < 0 && !head.toString().equals("\n")) {
            head.append(line(in)).append('\n');
        }
        return head.toString();
    }

    private static String skipAnswer(InputStream in) throws IOException {
        String length = skipHead(in).replaceAll("(?s).*content-length: (\\d+).*", "$1");
        return new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
    }
}

package dev.fenliu.control.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problems;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Sink;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Protocols;
import dev.fenliu.engine.Proxy;
import dev.fenliu.inbound.LocalType;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.DirectType;
import dev.fenliu.tally.LogEntry;
import dev.fenliu.tally.Tally;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountingTest {
    private static final String CONFIG = """
            listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
            api: {listen: off}
            history: {keep: memory, domains: true}
            rule-sets: {ads: {file: ADS}}
            rules:
              - {rule-set: ads, to: block}
              - {to: direct}
            """;

    private final EventLoopGroup loops = Sockets.loops(2);

    @TempDir
    Path state;

    private Tally tally;
    private Proxy proxy;
    private ServerSocket origin;
    private Map<String, Feed> feeds;

    @BeforeEach
    void open() throws Exception {
        Kept kept = Kept.fresh(loops, System::nanoTime, state);
        tally = new Tally(kept.dates(), ZoneOffset.UTC, state);
        proxy = new Proxy(kept, tally, () -> {}, Optional.empty());
        Files.writeString(state.resolve("ads.txt"), "# ours\nads.test\n");
        Config config = apply(CONFIG);
        tally.follow(config.history());
        tally.reloaded(true);
        tally.start(new Tally.Source() {
            @Override
            public void tell() {
                proxy.tell();
            }

            @Override
            public Optional<String> device(InetAddress client) {
                return proxy.overview().device(client);
            }
        });
        origin = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        feeds = Counting.feeds(proxy, tally);
    }

    private Config apply(String text) throws InterruptedException {
        Problems problems = new Problems();
        Protocols protocols =
                Protocols.of(List.of(new DirectType()), List.of(new LocalType("http", HttpAcceptor::new)));
        Config config = Objects.requireNonNull(
                ConfigReader.read(
                        "test.yaml",
                        Optional.empty(),
                        text.replace("ADS", state.resolve("ads.txt").toString()),
                        protocols,
                        problems),
                () -> problems.all().toString());
        assertThat(proxy.apply(config, problems).await().isSuccess()).isTrue();
        return config;
    }

    @AfterEach
    void close() throws IOException {
        origin.close();
        proxy.drain().forEach(one -> one.awaitUninterruptibly());
        proxy.stop();
        tally.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Reply ask(HttpMethod method, String path) throws Exception {
        return ask(method, path, "");
    }

    private Reply ask(HttpMethod method, String path, String accept) throws Exception {
        int mark = path.indexOf('?');
        String bare = mark < 0 ? path : path.substring(0, mark);
        for (Route route : Counting.routes(proxy, tally, "9.9")) {
            Map<String, String> captured = captured(route.pattern(), bare);
            if (route.method().equals(method) && captured != null) {
                EventLoop loop = loops.next();
                Call call = new Call(
                        method,
                        bare,
                        captured,
                        new io.netty.handler.codec.http.QueryStringDecoder(path).parameters(),
                        new DefaultHttpHeaders().set("Accept", accept),
                        "",
                        Optional.empty(),
                        InetAddress.getLoopbackAddress(),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                        loop);
                return route.answer(call).await().get();
            }
        }
        throw new AssertionError("no route for " + method + " " + path);
    }

    private static Map<String, String> captured(String pattern, String path) {
        String[] want = pattern.split("/", -1);
        String[] have = path.split("/", -1);
        Map<String, String> captured = new HashMap<>();
        for (int i = 0; i < Math.max(want.length, have.length); i++) {
            if (want.length != have.length || !want[i].equals(have[i]) && !want[i].startsWith("{")) {
                return null;
            }
            if (want[i].startsWith("{")) {
                captured.put(want[i].substring(1, want[i].length() - 1), have[i]);
            }
        }
        return captured;
    }

    private JsonObject get(String path) throws Exception {
        return ask(HttpMethod.GET, path).json().getAsJsonObject();
    }

    /** A tunnel through the proxy, or the status of a refusal. */
    private Socket connect(String host) throws IOException {
        Socket socket = new Socket();
        socket.connect(proxy.addresses().get("in"));
        socket.setSoTimeout(30_000);
        String text = "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void skipHead(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as(() -> head.toString()).isNotNegative();
            head.append((char) next);
        }
    }

    private static final class Heard implements Sink {
        final Queue<JsonObject> texts = new ConcurrentLinkedQueue<>();
        final EventLoop loop;

        Heard(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void send(JsonElement text) {
            texts.add(text.getAsJsonObject());
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void end() {}

        @Override
        public EventLoop loop() {
            return loop;
        }

        List<JsonElement> all(String member) {
            return texts.stream()
                    .flatMap(text -> text.getAsJsonArray(member).asList().stream())
                    .toList();
        }
    }

    private Feed.Closing listen(String topic, Heard sink) {
        return feeds.get(topic).open(null, sink);
    }

    @Test
    void a_flow_is_listed_told_of_ended_and_counted() throws Exception {
        Heard flows = new Heard(loops.next());
        Heard totals = new Heard(loops.next());
        Feed.Closing closing = listen("flows", flows);
        listen("totals", totals);
        String there = "127.0.0.1:" + origin.getLocalPort();
        try (Socket client = connect(there);
                Socket server = origin.accept()) {
            skipHead(client);
            client.getOutputStream().write(new byte[1000]);
            server.getOutputStream().write(new byte[5000]);
            assertThat(server.getInputStream().readNBytes(1000)).hasSize(1000);
            assertThat(client.getInputStream().readNBytes(5000)).hasSize(5000);
            await().untilAsserted(() -> assertThat(flows.all("opened")).hasSize(1));
            JsonObject flow =
                    get("/api/v1/flows").getAsJsonArray("items").get(0).getAsJsonObject();
            assertThat(flow.get("host").getAsString()).isEqualTo("127.0.0.1");
            assertThat(flow.get("address").getAsString()).isEqualTo(there);
            assertThat(flow.get("device").getAsString()).isEqualTo("localhost");
            assertThat(flow.get("state").getAsString()).isEqualTo("open");
            assertThat(flow.get("up").getAsLong()).isEqualTo(1000);
            assertThat(flow.get("path").toString()).isEqualTo("[\"direct\"]");
            assertThat(flow.getAsJsonObject("rule").get("line").getAsInt()).isEqualTo(7);
            JsonObject timing = flow.getAsJsonObject("timing");
            assertThat(timing.get("queue-ms").isJsonNull()).isFalse();
            assertThat(timing.get("dns-ms").isJsonNull()).isTrue();
            assertThat(timing.get("connect-ms").isJsonNull()).isFalse();
            assertThat(timing.get("first-byte-ms").isJsonNull()).isFalse();
            String id = flow.get("id").getAsString();
            assertThat(get("/api/v1/flows/" + id).get("process").getAsString()).contains("java");
            assertThat(get("/api/v1/flows?search=ADS").get("total").getAsInt()).isZero();
            assertThat(get("/api/v1/flows?search=127.0&outbound=direct&device=localhost&sort=down")
                            .get("total")
                            .getAsInt())
                    .isEqualTo(1);
            assertThatThrownBy(() -> get("/api/v1/flows?sort=size")).isInstanceOf(BadRequest.class);
            await().untilAsserted(() -> assertThat(totals.texts)
                    .anySatisfy(text -> assertThat(text.get("down").getAsLong()).isEqualTo(5000)));

            assertThat(ask(HttpMethod.DELETE, "/api/v1/flows/" + id).status().code())
                    .isEqualTo(204);
            await().untilAsserted(() -> assertThat(flows.all("closed")).hasSize(1));
            JsonObject ended = flows.all("closed").get(0).getAsJsonObject();
            assertThat(ended.get("end").getAsString()).isEqualTo("closed by the proxy: somebody ended it by hand");
            assertThat(ended.get("end-code").getAsString()).isEqualTo("wanted");
            assertThat(ask(HttpMethod.DELETE, "/api/v1/flows/" + id).status().code())
                    .isEqualTo(404);
            assertThat(get("/api/v1/flows/" + id).get("who-ended").getAsString())
                    .isEqualTo("us");
        }
        JsonObject series = get("/api/v1/traffic?by=outbound&step=day")
                .getAsJsonArray("series")
                .get(0)
                .getAsJsonObject();
        assertThat(series.get("name").getAsString()).isEqualTo("direct");
        assertThat(series.get("down").getAsLong()).isEqualTo(5000);
        assertThat(get("/api/v1/traffic?by=domain").getAsJsonArray("series")).hasSize(1);
        assertThat(get("/api/v1/flows?state=closed").get("total").getAsInt()).isEqualTo(1);
        int before = flows.texts.size();
        closing.close();
        try (Socket client = connect("ads.test:443")) {
            assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
        }
        await().untilAsserted(() -> assertThat(
                        get("/api/v1/flows?state=closed").get("total").getAsInt())
                .isEqualTo(2));
        assertThat(flows.texts).as("nobody listens").hasSize(before);
        assertThat(ask(HttpMethod.DELETE, "/api/v1/traffic").status().code()).isEqualTo(204);
        assertThat(get("/api/v1/traffic?by=outbound").getAsJsonArray("series")).isEmpty();
    }

    @Test
    void the_entry_of_a_list_that_decided_is_told_of_one_flow() throws Exception {
        try (Socket client = connect("ads.test:443");
                Socket other = connect("127.0.0.1:" + origin.getLocalPort());
                Socket server = origin.accept()) {
            assertThat(server.isConnected()).isTrue();
            assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
            skipHead(other);
        }
        await().untilAsserted(() -> assertThat(
                        get("/api/v1/flows?state=closed").get("total").getAsInt())
                .isEqualTo(2));
        JsonObject listed = get("/api/v1/flows?state=closed&search=ads")
                .getAsJsonArray("items")
                .get(0)
                .getAsJsonObject();
        assertThat(listed.get("list").isJsonNull()).isTrue();
        assertThat(listed.get("who-ended").getAsString()).isEqualTo("us");
        String path = "/api/v1/flows/" + listed.get("id").getAsString();
        JsonObject entry = get(path).getAsJsonObject("list");
        assertThat(entry.get("file").getAsString()).endsWith("ads.txt");
        assertThat(entry.get("line").getAsInt()).isEqualTo(2);
        assertThat(entry.get("text").getAsString()).isEqualTo("ads.test");
        assertThat(get(path + "?list=false").get("list").isJsonNull()).isTrue();
        String direct = get("/api/v1/flows?state=closed&search=127.0.0.1&outbound=direct")
                .getAsJsonArray("items")
                .get(0)
                .getAsJsonObject()
                .get("id")
                .getAsString();
        assertThat(get("/api/v1/flows/" + direct).get("list").isJsonNull()).isTrue();
    }

    @Test
    void who_came_and_went_within_a_second_is_told_of() throws Exception {
        Heard flows = new Heard(loops.next());
        listen("flows", flows);
        try (Socket client = connect("ads.test:443")) {
            assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
        }
        await().untilAsserted(() -> assertThat(flows.all("closed")).hasSize(1));
        JsonObject opened = flows.all("opened").get(0).getAsJsonObject();
        assertThat(opened.get("state").getAsString()).isEqualTo("closed");
        assertThat(opened.get("path").toString()).isEqualTo("[\"block\"]");
    }

    @Test
    void lines_of_the_log_are_shown_and_told() throws Exception {
        Heard logs = new Heard(loops.next());
        tally.log(new LogEntry(Instant.EPOCH, "info", "before"));
        listen("logs", logs);
        tally.log(new LogEntry(Instant.EPOCH, "debug", "small"));
        tally.log(new LogEntry(Instant.EPOCH, "warn", "large"));
        await().untilAsserted(() -> assertThat(logs.texts)
                .extracting(text -> text.get("message").getAsString())
                .containsExactly("small", "large"));
        assertThat(get("/api/v1/logs?level=info").toString())
                .isEqualTo("{\"items\":[{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"warn\",\"message\":\"large\"},"
                        + "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"message\":\"before\"}]}");
    }

    @Test
    void devices_and_resolvers_are_shown() throws Exception {
        assertThat(get("/api/v1/devices").get("total").getAsInt()).isNotNegative();
        assertThat(get("/api/v1/dns").toString())
                .isEqualTo("{\"queries\":0,\"hits\":0,\"entries\":0,\"upstreams\":[]}");
        assertThat(get("/api/v1/dns/log").get("total").getAsInt()).isZero();
        assertThat(ask(HttpMethod.DELETE, "/api/v1/dns/cache").status().code()).isEqualTo(204);
    }

    @Test
    void metrics_come_in_the_form_that_is_asked_for() throws Exception {
        try (Socket client = connect("ads.test:443")) {
            assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
        }
        await().untilAsserted(() -> {
            Reply open = ask(HttpMethod.GET, "/metrics", "application/openmetrics-text;version=1.0.0,text/plain");
            assertThat(open.type()).startsWith("application/openmetrics-text");
            assertThat(open.text())
                    .contains("fenliu_connections_total{outbound=\"block\",result=\"refused\"} 1.0\n")
                    .contains("# UNIT fenliu_transfer_bytes bytes\n")
                    .contains("version=\"9.9\"} 1\n")
                    .contains("fenliu_dns_duration_seconds_bucket{le=\"+Inf\"} 0\n")
                    .endsWith("# EOF\n");
        });
        Reply plain = ask(HttpMethod.GET, "/metrics", "*/*");
        assertThat(plain.type()).startsWith("text/plain");
        assertThat(plain.text())
                .contains("# TYPE fenliu_connections_total counter\n")
                .doesNotContain("ads.test");
    }

    private Map<String, Double> metrics() throws Exception {
        Map<String, Double> values = new HashMap<>();
        ask(HttpMethod.GET, "/metrics", "*/*")
                .text()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> {
                    int space = line.lastIndexOf(' ');
                    values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
                });
        return values;
    }

    @Test
    void counters_of_what_the_config_names_are_there_before_any_traffic() throws Exception {
        Map<String, Double> values = metrics();
        for (String outbound : List.of("direct", "block")) {
            for (String result : List.of("ok", "refused", "failed", "broken")) {
                assertThat(values)
                        .containsEntry(
                                "fenliu_connections_total{outbound=\"" + outbound + "\",result=\"" + result + "\"}",
                                0.0);
            }
            assertThat(values)
                    .containsEntry("fenliu_transfer_bytes_total{direction=\"up\",outbound=\"" + outbound + "\"}", 0.0);
        }
        assertThat(values)
                .containsEntry("fenliu_listener_transfer_bytes_total{direction=\"down\",listener=\"in\"}", 0.0);
    }

    @Test
    void the_process_is_measured_under_the_names_that_all_programs_have() throws Exception {
        assertThat(metrics())
                .containsKeys(
                        "process_start_time_seconds",
                        "process_cpu_seconds_total",
                        "process_open_fds",
                        "process_max_fds",
                        "process_resident_memory_bytes",
                        "jvm_memory_used_bytes{area=\"heap\"}",
                        "fenliu_buffer_memory_bytes");
    }

    @Test
    void a_reload_takes_nothing_from_a_counter() throws Exception {
        String in = "fenliu_listener_transfer_bytes_total{direction=\"up\",listener=\"in\"}";
        String direct = "fenliu_transfer_bytes_total{direction=\"up\",outbound=\"direct\"}";
        String there = "127.0.0.1:" + origin.getLocalPort();
        try (Socket running = connect(there);
                Socket server = origin.accept()) {
            skipHead(running);
            carry(running, server, 700);
            try (Socket client = connect(there);
                    Socket other = origin.accept()) {
                skipHead(client);
                carry(client, other, 1000);
            }
            String ended = "fenliu_connections_total{outbound=\"direct\",result=\"ok\"}";
            await().untilAsserted(() -> assertThat(metrics()).containsEntry(ended, 1.0));
            Map<String, Double> before = metrics();
            assertThat(before)
                    .as("what a flow that runs has moved is there at once")
                    .containsEntry(direct, 1700.0);
            apply(CONFIG.replace("name: in", "name: entrance")
                    .replace("rules:", "outbounds: {near: {type: direct}}\nrules:")
                    .replace("{to: direct}", "{to: near}"));
            Map<String, Double> after = metrics();
            before.forEach((series, value) -> {
                if (series.contains("_total") || series.contains("_bucket")) {
                    assertThat(after.get(series)).as(series).isNotNull().isGreaterThanOrEqualTo(value);
                }
            });
            carry(running, server, 300);
            assertThat(metrics())
                    .as("a flow goes on being counted where it began")
                    .containsEntry(direct, 2000.0)
                    .containsEntry(in, 2000.0)
                    .containsEntry("fenliu_transfer_bytes_total{direction=\"up\",outbound=\"near\"}", 0.0);
        }
    }

    private static void carry(Socket client, Socket server, int bytes) throws IOException {
        client.getOutputStream().write(new byte[bytes]);
        assertThat(server.getInputStream().readNBytes(bytes)).hasSize(bytes);
    }
}

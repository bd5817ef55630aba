package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fenliu.e2e.FakeDns;
import dev.fenliu.e2e.Fenliu;
import dev.fenliu.e2e.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Prometheus and its promtool: what we serve is well-formed, the alerts work, and every plot of the dashboard has data. */
@Tag("program")
@Timeout(120)
class PrometheusInteropTest {
    private static final Path RULES = Path.of("packaging/prometheus/fenliu.rules.yml");
    private static final Path TESTS = Path.of("src/test/resources/prometheus/fenliu.test.yml");
    private static final Path DASHBOARD = Path.of("packaging/grafana/fenliu.json");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private static String get(String url, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void the_alerts_fire_when_they_should() throws Exception {
        try (Programs programs = new Programs(folder)) {
            Path rules = Files.copy(RULES, folder.resolve("fenliu.rules.yml"));
            Path tests = Files.copy(TESTS, folder.resolve("fenliu.test.yml"));
            assertThat(programs.run("promtool", "check", "rules", rules.toString()))
                    .contains("SUCCESS");
            assertThat(programs.run("promtool", "test", "rules", tests.toString()))
                    .contains("SUCCESS");
        }
    }

    @Test
    void the_panels_of_the_dashboard_fill_its_width_and_say_what_they_show() throws IOException {
        Map<Integer, Integer> widths = new TreeMap<>();
        Set<Integer> ids = new HashSet<>();
        for (JsonElement one : dashboard().getAsJsonArray("panels")) {
            JsonObject panel = one.getAsJsonObject();
            JsonObject place = panel.getAsJsonObject("gridPos");
            widths.merge(place.get("y").getAsInt(), place.get("w").getAsInt(), Integer::sum);
            assertThat(ids.add(panel.get("id").getAsInt())).isTrue();
            if (!panel.get("type").getAsString().equals("row")) {
                assertThat(panel.get("description").getAsString()).isNotEmpty();
                JsonObject defaults = panel.getAsJsonObject("fieldConfig").getAsJsonObject("defaults");
                assertThat(defaults.get("noValue").getAsString()).isNotEmpty();
                assertThat(defaults.get("unit").getAsString()).isNotEmpty();
            }
        }
        assertThat(widths.values()).containsOnly(24);
    }

    @Test
    void prometheus_scrapes_us_and_every_plot_of_the_dashboard_has_data() throws Exception {
        try (Programs programs = new Programs(folder);
                Origin origin = new Origin();
                FakeDns resolver = new FakeDns();
                Provider provider = new Provider();
                Fenliu fenliu = Fenliu.start(folder, "home", config(resolver, provider))) {
            String api = "127.0.0.1:" + fenliu.port("api");
            Path token = folder.resolve("state/fenliu/api.token");
            String[] login = {
                "Authorization", "Bearer " + Files.readString(token).strip()
            };
            traffic(fenliu, origin, "plain.test");
            String text = get("http://" + api + "/metrics", login);
            assertThat(programs.converse(text, "promtool", "check", "metrics")).isEmpty();

            int port = Programs.freePort();
            Path config = programs.write("prometheus.yml", """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: fenliu
                    authorization: {credentials_file: "%s"}
                    static_configs: [{targets: ["%s"]}]
                """.formatted(RULES.toAbsolutePath(), token, api));
            programs.serve(
                    port,
                    "prometheus",
                    "--config.file=" + config,
                    "--storage.tsdb.path=" + folder.resolve("tsdb"),
                    "--web.listen-address=127.0.0.1:" + port);
            List<String> missing = new ArrayList<>(queries());
            assertThat(missing).hasSizeGreaterThan(15);
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        traffic(fenliu, origin, "plain.test");
                        missing.removeIf(query -> hasData(port, query));
                        assertThat(missing).isEmpty();
                    });
            for (String query : annotations()) {
                hasData(port, query); // or it says what is wrong with it
            }
            JsonArray groups = JsonParser.parseString(get("http://127.0.0.1:" + port + "/api/v1/rules"))
                    .getAsJsonObject()
                    .getAsJsonObject("data")
                    .getAsJsonArray("groups");
            for (JsonElement rule : groups.get(0).getAsJsonObject().getAsJsonArray("rules")) {
                assertThat(rule.getAsJsonObject().get("health").getAsString()).isNotEqualTo("err");
            }
        }
    }

    /** Has a list of hosts, and of nodes with what may be used. */
    private static final class Provider implements AutoCloseable {
        private final HttpServer server;

        Provider() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
            server.createContext("/list.txt", exchange -> answer(exchange, "listed.test\n"));
            server.createContext(
                    "/nodes", exchange -> answer(exchange, "ss://YWVzLTEyOC1nY206czNjcmV0@node.test:9#node\n"));
            server.start();
        }

        private static void answer(HttpExchange exchange, String text) throws IOException {
            try (exchange) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Subscription-Userinfo", "upload=1; download=2; total=10");
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }

        String url(String path) {
            return "http://127.0.0.1:" + server.getAddress().getPort() + path;
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private static String config(FakeDns resolver, Provider provider) {
        return """
                listeners:
                  - {type: mixed, name: in, listen: "127.0.0.1:0"}
                  - {type: dns, name: names, listen: "127.0.0.1:0"}
                api: {listen: "127.0.0.1:0"}
                outbounds: {near: {type: direct}}
                groups: {ai: {type: fallback, members: [near]}}
                rule-sets: {far: {url: "%s"}}
                subscriptions: {air: {url: "%s"}}
                rules:
                  - {domain: blocked.test, to: block}
                  - {domain: plain.test, to: ai}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:%d"]}
                """.formatted(provider.url("/list.txt"), provider.url("/nodes"), resolver.port());
    }

    /** A request to each road, and a question. */
    private static void traffic(Fenliu fenliu, Origin origin, String host) throws Exception {
        InetSocketAddress entrance = new InetSocketAddress(InetAddress.getLoopbackAddress(), fenliu.port("in"));
        for (String name : List.of(host, "blocked.test")) {
            try (Socket client = new Socket()) {
                client.connect(entrance);
                client.setSoTimeout(30_000);
                String there = name + ":" + origin.port();
                String request =
                        "GET http://" + there + "/ HTTP/1.1\r\nHost: " + there + "\r\nConnection: close\r\n\r\n";
                client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
            }
        }
        SimpleResolver names =
                new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), fenliu.port("names")));
        names.send(Message.newQuery(Record.newRecord(Name.fromString(host + "."), Type.A, DClass.IN)));
    }

    /** Those of the plots, with what Grafana puts into them. */
    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        for (JsonElement panel : dashboard().getAsJsonArray("panels")) {
            if (panel.getAsJsonObject().get("type").getAsString().equals("row")) {
                continue;
            }
            for (JsonElement target : panel.getAsJsonObject().getAsJsonArray("targets")) {
                queries.add(query(target));
            }
        }
        return queries;
    }

    private static List<String> annotations() throws IOException {
        return dashboard().getAsJsonObject("annotations").getAsJsonArray("list").asList().stream()
                .map(PrometheusInteropTest::query)
                .toList();
    }

    private static JsonObject dashboard() throws IOException {
        return JsonParser.parseString(Files.readString(DASHBOARD)).getAsJsonObject();
    }

    private static String query(JsonElement of) {
        return of.getAsJsonObject()
                .get("expr")
                .getAsString()
                .replace("$job", ".+")
                .replace("$instance", ".+")
                .replace("$__rate_interval", "10s");
    }

    private static boolean hasData(int port, String query) {
        try {
            String url = "http://127.0.0.1:" + port + "/api/v1/query?query="
                    + URLEncoder.encode(query, StandardCharsets.UTF_8);
            JsonObject answer = JsonParser.parseString(get(url)).getAsJsonObject();
            assertThat(answer.get("status").getAsString()).as(query).isEqualTo("success");
            return !answer.getAsJsonObject("data").getAsJsonArray("result").isEmpty();
        } catch (Exception e) {
            throw new AssertionError(query, e);
        }
    }
}

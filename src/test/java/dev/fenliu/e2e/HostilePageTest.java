package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A page of somebody else in a real browser, which even knows the token and has a name that leads to this machine: whatever
 * it sends to the API, no answer comes back, not even one that it may not read.
 */
@Tag("program")
@Timeout(180)
class HostilePageTest {
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            api: {listen: "127.0.0.1:%d", ui: ui}
            dns: {direct: ["udp://127.0.0.1:9"], hosts: {evil.test: 127.0.0.1}}
            """;

    @TempDir
    private Path folder;

    private final CompletableFuture<String> report = new CompletableFuture<>();
    private final CompletableFuture<String> rebound = new CompletableFuture<>();
    private final HttpServer site;
    private final HttpServer other;
    /** A port that is ours, and at which nobody listens. */
    private final Socket closed = new Socket();

    private volatile String go = "";

    HostilePageTest() throws IOException {
        site = serve();
        other = serve();
        closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @BeforeEach
    void makeFolder() throws IOException {
        Files.createDirectories(folder.resolve("ui"));
    }

    @AfterEach
    void stop() throws IOException {
        closed.close();
        site.stop(0);
        other.stop(0);
    }

    private static HttpServer serve() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private HttpHandler page(String name, int api) throws IOException {
        byte[] page = text(name, api, token()).getBytes(StandardCharsets.UTF_8);
        return exchange -> answer(exchange, "text/html", page);
    }

    private String token() throws IOException {
        return Files.readString(folder.resolve("state/fenliu/api.token")).strip();
    }

    private String text(String name, int api, String token) throws IOException {
        try (InputStream in = HostilePageTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@TOKEN@", token)
                    .replace("@API@", Integer.toString(api))
                    .replace("@CLOSED@", Integer.toString(closed.getLocalPort()))
                    .replace("@SITE@", Integer.toString(site.getAddress().getPort()))
                    .replace("@OTHER@", Integer.toString(other.getAddress().getPort()));
        }
    }

    private static HttpHandler take(CompletableFuture<String> into) {
        return exchange -> {
            into.complete(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            answer(exchange, "text/plain", new byte[0]);
        };
    }

    private AutoCloseable browse(int port) throws IOException {
        return browse("http://evil.test:" + port + "/", "--no-proxy-server");
    }

    /** @param proxy arguments */
    private AutoCloseable browse(String page, String... proxy) throws IOException {
        List<String> all = DevTools.chromium(
                folder.resolve("profile"),
                "--remote-debugging-port=0",
                "--host-resolver-rules=MAP evil.test 127.0.0.1");
        all.addAll(List.of(proxy));
        all.add(page);
        return Programs.serve(folder.resolve("chromium.log"), all.toArray(String[]::new));
    }

    /** What the page has found out, without the controls: of the API, and of a port at which nobody listens. */
    private Map<String, String> found() throws Exception {
        JsonObject results =
                JsonParser.parseString(report.get(90, TimeUnit.SECONDS)).getAsJsonObject();
        assertThat(results.remove("control: no-cors").getAsString()).isEqualTo("opaque");
        assertThat(results.remove("control: script").getAsString()).isEqualTo("loaded");
        Map<String, String> api = new TreeMap<>();
        Map<String, String> nobody = new TreeMap<>();
        results.entrySet().forEach(result -> {
            String key = result.getKey();
            boolean of = key.startsWith("api ");
            (of ? api : nobody)
                    .put(key.substring(key.indexOf(" at ")), result.getValue().getAsString());
        });
        assertThat(api).hasSize(5 * 17 + 2).isEqualTo(nobody);
        return api;
    }

    @Test
    void it_can_neither_read_nor_tell_that_there_is_an_api() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            other.createContext("/", exchange -> answer(exchange, "application/json", new byte[] {'1'}));
            site.createContext("/", page("/hostile-page.html", home.port("api")));
            site.createContext("/report", take(report));
            try (AutoCloseable browser = browse(site.getAddress().getPort())) {
                assertThat(browser).isNotNull();
                found().forEach((what, result) ->
                        assertThat(result).as(what).isIn("failed", what.endsWith("frame") ? "loaded" : "failed"));
            }
            home.awaitText("was refused: it names another host, or is of a page of another site");
            assertThat(home.text()).doesNotContain("wrong token");
        }
    }

    /** Where the proxy refuses what nobody may have, as it refuses what is not there. */
    @Test
    void through_the_proxy_it_is_no_better() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            other.createContext("/", exchange -> answer(exchange, "application/json", new byte[] {'1'}));
            site.createContext("/", page("/hostile-page.html", home.port("api")));
            site.createContext("/report", take(report));
            try (AutoCloseable browser = browse(
                    "http://evil.test:" + site.getAddress().getPort() + "/",
                    "--proxy-server=127.0.0.1:" + home.port("in"),
                    "--proxy-bypass-list=<-loopback>")) {
                assertThat(browser).isNotNull();
                assertThat(found().values()).allMatch(result -> result.length() < 10);
            }
        }
    }

    @Test
    void a_page_of_ours_gets_all_that_its_token_is_good_for() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        site.createContext("/report", exchange -> {
            asked.complete(exchange.getRequestURI().getQuery());
            answer(exchange, "text/plain", new byte[0]);
        });
        Files.writeString(folder.resolve("ui/own.html"), text("/own-page.html", 0, ""));
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            String page = "http://127.0.0.1:" + home.port("api") + "/ui/own.html#" + token();
            try (AutoCloseable browser = browse(page, "--no-proxy-server")) {
                assertThat(browser).isNotNull();
                assertThat(asked.get(60, TimeUnit.SECONDS)).isEqualTo("admin,404,open,true");
            }
        }
    }

    /** The page is of the very name and port at which the API is found later, so that no browser tells them apart. */
    @Test
    void a_name_that_leads_to_the_api_after_the_page_was_loaded_gives_it_nothing() throws Exception {
        HttpServer before = serve();
        int port = before.getAddress().getPort();
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            site.createContext("/go", exchange -> answer(exchange, "text/plain", go.getBytes(StandardCharsets.UTF_8)));
            site.createContext("/rebound", take(rebound));
            CompletableFuture<String> loaded = new CompletableFuture<>();
            HttpHandler page = page("/rebinding-page.html", port);
            before.createContext("/", exchange -> {
                page.handle(exchange);
                loaded.complete("");
            });
            try (AutoCloseable browser = browse(port)) {
                assertThat(browser).isNotNull();
                loaded.get(60, TimeUnit.SECONDS);
                before.stop(1);
                Fenliu.write(folder.resolve("home.yaml"), CONFIG.formatted(port));
                home.awaitText("generation 2 is in force");
                go = "go";
                assertThat(rebound.get(60, TimeUnit.SECONDS)).isEqualTo("[\"failed\",\"failed\",\"failed\"]");
            }
            home.awaitText("was refused: it names another host");
        } finally {
            before.stop(0);
        }
    }
}

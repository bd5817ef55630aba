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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
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
            listeners: []
            api: {listen: "127.0.0.1:%d"}
            dns: {direct: ["udp://127.0.0.1:9"]}
            """;

    @TempDir
    private Path folder;

    private final CompletableFuture<String> report = new CompletableFuture<>();
    private final CompletableFuture<String> rebound = new CompletableFuture<>();
    private final HttpServer site;
    private final HttpServer other;
    private volatile String go = "";

    HostilePageTest() throws IOException {
        site = serve();
        other = serve();
    }

    @AfterEach
    void stop() {
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
        String token =
                Files.readString(folder.resolve("state/fenliu/api.token")).strip();
        try (InputStream in = HostilePageTest.class.getResourceAsStream(name)) {
            byte[] page = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@TOKEN@", token)
                    .replace("@API@", Integer.toString(api))
                    .replace("@SITE@", Integer.toString(site.getAddress().getPort()))
                    .replace("@OTHER@", Integer.toString(other.getAddress().getPort()))
                    .getBytes(StandardCharsets.UTF_8);
            return exchange -> answer(exchange, "text/html", page);
        }
    }

    private static HttpHandler take(CompletableFuture<String> into) {
        return exchange -> {
            into.complete(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            answer(exchange, "text/plain", new byte[0]);
        };
    }

    private AutoCloseable browse(int port) throws IOException {
        return Programs.serve(
                folder.resolve("chromium.log"),
                Programs.require("chromium"),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder.resolve("profile"),
                "--no-proxy-server",
                "--host-resolver-rules=MAP evil.test 127.0.0.1",
                "http://evil.test:" + port + "/");
    }

    @Test
    void it_can_neither_read_nor_tell_that_there_is_an_api() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            other.createContext("/", exchange -> answer(exchange, "application/json", new byte[] {'1'}));
            site.createContext("/", page("/hostile-page.html", home.port("api")));
            site.createContext("/report", take(report));
            try (AutoCloseable browser = browse(site.getAddress().getPort())) {
                assertThat(browser).isNotNull();
                JsonObject results =
                        JsonParser.parseString(report.get(90, TimeUnit.SECONDS)).getAsJsonObject();
                assertThat(results.remove("control: no-cors").getAsString()).isEqualTo("opaque");
                assertThat(results.remove("control: script").getAsString()).isEqualTo("loaded");
                assertThat(results.size()).isEqualTo(4 * 8);
                results.entrySet()
                        .forEach(result -> assertThat(result.getValue().getAsString())
                                .as(result.getKey())
                                .isEqualTo("failed"));
            }
            home.awaitText("was refused: it names another host, or is of a page of another site");
            assertThat(home.text()).doesNotContain("wrong token");
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

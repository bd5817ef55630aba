package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A subscription on good and bad days, from a provider that only a tunnel reaches. */
@Tag("program")
@Timeout(120)
class SubscriptionTest {
    private static final FileTime FROM_BEFORE = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

    @TempDir
    Path folder;

    /** What the provider answers. */
    private volatile int status = 200;

    private volatile String body = "";
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private Fenliu home;

    private HttpServer provider() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(exchange.getRemoteAddress().getAddress().getHostAddress() + " "
                        + exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("If-None-Match"));
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("ETag", "\"" + body.hashCode() + "\"");
                exchange.getResponseHeaders()
                        .set(
                                "Subscription-Userinfo",
                                "upload=0; download=1073741824; total=107374182400; expire=4070908800");
                exchange.sendResponseHeaders(status, status == 304 || bytes.length == 0 ? -1 : bytes.length);
                if (status != 304) {
                    exchange.getResponseBody().write(bytes);
                }
            }
        });
        server.start();
        return server;
    }

    private static String nodes(int port, String... names) {
        StringBuilder links = new StringBuilder();
        for (String name : names) {
            links.append("ss://YWVzLTEyOC1nY206czNjcmV0@")
                    .append(name)
                    .append(".node.test:")
                    .append(port);
            links.append("#").append(name).append("%2001\n");
        }
        return links.toString();
    }

    /** Lets the copy look old, and the program look at it. */
    private void update(int answer, String text) throws Exception {
        status = answer;
        body = text;
        Files.setLastModifiedTime(copy(), FROM_BEFORE);
        home.signal("HUP");
    }

    private Path copy() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("state/fenliu/lists"))) {
            return files.filter(file -> file.toString().endsWith(".list"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Programs.Result run(String... arguments) throws Exception {
        return Programs.run(
                Fenliu.command(arguments),
                Map.of("XDG_STATE_HOME", folder.resolve("state").toString()),
                null);
    }

    private String config() {
        return folder.resolve("home.yaml").toString();
    }

    @Test
    void it_keeps_what_is_good_and_says_what_is_not() throws Exception {
        HttpServer provider = provider();
        Fenliu server = Fenliu.start(folder, "server", """
            listeners: [{type: shadowsocks, name: far, listen: "127.0.0.1:0", method: aes-128-gcm, password: s3cret,
              allow-private: true}]
            outbounds: {out: {type: direct, source-address: 127.0.0.2}}
            rules: [{to: out}]
            dns: {direct: ["udp://127.0.0.1:9"], hosts: {echo.openai.test: 127.0.0.1, panel.nowhere.test: 127.0.0.1}}
            """);
        int port = server.port("far");
        int api = Programs.freePort();
        try (Streams streams = new Streams();
                FakeDns dns = new FakeDns();
                ServerSocket echo = streams.origin(Streams::echo)) {
            status = 200;
            body = Base64.getEncoder()
                    .encodeToString(
                            (nodes(port, "hk", "jp") + "wireguard://x@y.test:1\n").getBytes(StandardCharsets.UTF_8));
            home = Fenliu.start(folder, "home", """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                api: {listen: "127.0.0.1:%1$d"}
                outbounds: {vps: {type: shadowsocks, server: "127.0.0.1:%2$d", method: aes-128-gcm, password: s3cret}}
                subscriptions: {air: {url: "http://panel.nowhere.test:%3$d/sub/hunter2"}}
                groups: {ai: {type: fallback, use: air}}
                rules: [{domain-suffix: openai.test, to: ai}, {to: direct}]
                dns: {direct: ["udp://127.0.0.1:%4$d"], bootstrap: ["udp://127.0.0.1:%4$d"]}
                log: {flows: on}
                """.formatted(
                            api, port, provider.getAddress().getPort(), dns.port()));
            assertThat(home.text()).contains("subscription \"air\" has no copy yet");
            home.awaitText("subscription air: updated, 2 nodes");
            home.awaitText("generation 2 is in force");
            home.awaitText("type wireguard is not supported (line 3)");
            assertThat(seen)
                    .allMatch(request -> request.startsWith("127.0.0.2 /sub/hunter2 "))
                    .hasSize(1);

            try (Socket flow = Streams.connect(home, "echo.openai.test", echo.getLocalPort())) {
                Streams.assertEchoes(flow);
                String good = body;
                update(304, good);
                Awaitility.await().until(() -> Files.getLastModifiedTime(copy()).compareTo(FROM_BEFORE) > 0);
                assertThat(seen).last().asString().endsWith("\"" + good.hashCode() + "\"");
                update(200, "<html>pay your bill, hunter3</html>");
                home.awaitText("vps: it is a web page, not a list of nodes");
                update(200, "");
                home.awaitText("vps: it is empty");
                update(403, "no");
                home.awaitText("vps: the server answers 403 Forbidden");
                Programs.Result asked = run("explain", "-c", config(), "chatgpt.openai.test");
                assertThat(asked.out()).contains("-> ai -> hk_01");
                update(200, nodes(port, "sg", "us", "tw"));
                home.awaitText("subscription air: updated, 3 nodes");
                Streams.assertEchoes(flow); // on the node that is gone
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .untilAsserted(
                                () -> { // once the reload is over
                                    try (Socket next = Streams.connect(home, "echo.openai.test", echo.getLocalPort())) {
                                        Streams.assertEchoes(next);
                                    }
                                    assertThat(home.text()).contains("path=ai/sg_01");
                                });
                Streams.assertEchoes(flow);
                update(200, nodes(port, "us"));
                home.awaitText("the new list has 1 nodes, the old one 3: held back");
            }
            Programs.Result told = run("status", "-c", config());
            assertThat(told.out())
                    .contains("air (panel.nowhere.test): 3 nodes; updated ")
                    .contains("; used 1.0 GiB of 100.0 GiB; ends 2099-01-01; +3 -2 on ")
                    .contains("held back")
                    .contains("; last update: ")
                    .contains(" (+0 -2)");
            Programs.Result waiting = run("accept", "--show", "-c", config(), "air");
            assertThat(waiting.out())
                    .contains("subscription air: +0 -2, held back on ")
                    .contains("\n- sg_01 (shadowsocks)\n- tw_01 (shadowsocks)\n");
            assertThat(run("accept", "--show", "--json", "-c", config(), "air").out())
                    .contains(
                            "\"added\":0,\"removed\":2,\"first-added\":[],\"first-removed\":[\"sg_01 (shadowsocks)\"");
            Programs.Result checked = run("check", "-c", config());
            assertThat(checked.code()).as(checked.err()).isZero();
            assertThat(checked.err()).contains("subscription air (panel.nowhere.test): 3 nodes");
            Programs.Result shared = run("share", "-c", config(), "tw_01");
            assertThat(shared.out()).isEqualTo(nodes(port, "tw").replace("tw%2001", "tw_01"));
            assertThat(run("share", "-c", config(), "--qr", "tw_01").out())
                    .contains("▀")
                    .contains("█");
            assertThat(home.text() + told + checked.err())
                    .doesNotContain("hunter")
                    .doesNotContain("s3cret");
        } finally {
            home.close();
            server.close();
            provider.stop(0);
        }
    }
}

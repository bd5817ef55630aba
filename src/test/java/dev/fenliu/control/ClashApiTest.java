package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dashboards for Clash must not be able to do, and what they rely on beside the fields of the answers. */
@Timeout(120)
class ClashApiTest {
    @TempDir
    private Path folder;

    private PanelHouse house;

    @BeforeEach
    void open() throws Exception {
        house = new PanelHouse(folder);
    }

    @AfterEach
    void close() throws IOException {
        house.close();
    }

    private static String message(PanelHouse.Answer answer) {
        return answer.json().getAsJsonObject().get("message").getAsString();
    }

    @Test
    void no_mode_sends_what_a_rule_tunnels_another_way() throws Exception {
        for (String mode : List.of("direct", "global", "script", "Direct")) {
            PanelHouse.Answer answer = house.ask("PATCH", "/configs", "a/b {\"mode\": \"" + mode + "\"}");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(message(answer)).contains("Fenliu goes by its rules only");
        }
        assertThat(house.ask("PUT", "/proxies/GLOBAL", "a/b {\"name\": \"direct\"}")
                        .status())
                .isEqualTo(400);
        assertThat(house.get("/configs").text()).contains("\"mode\":\"rule\"");
        assertThat(house.core.done).isEmpty();
    }

    @Test
    void dashboards_take_it_for_no_other_program() throws Exception {
        assertThat(house.get("/version").text().toLowerCase(Locale.ROOT))
                .contains("fenliu 9.9")
                .doesNotContain("sing-box", "honk", "mihomo");
    }

    @Test
    void a_token_in_a_query_opens_a_websocket_and_nothing_else() throws Exception {
        String token = house.served.token();
        assertThat(house.first("/connections?token=wrong").status()).isEqualTo(401);
        assertThat(house.first("/connections?token=").status()).isEqualTo(401);
        assertThat(house.first("/connections").status()).isEqualTo(401);
        assertThat(house.first("/connections?token=" + token).status()).isEqualTo(101);
        String answer = house.served.exchange(
                7, "GET /configs?token=" + token + " HTTP/1.0\r\nHost: 127.0.0.1:" + house.served.port() + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 401").contains("{\"message\":\"");
    }

    @Test
    void a_dashboard_that_has_no_token_yet_guesses_none() throws Exception {
        String head = "GET /version HTTP/1.0\r\nHost: 127.0.0.1:" + house.served.port() + "\r\nAuthorization: Bearer";
        for (int i = 0; i < 8; i++) {
            assertThat(house.served.exchange(8, head + (i % 2 == 0 ? " " : "") + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 401");
            assertThat(house.first("/traffic?token=").status()).isEqualTo(401);
        }
        assertThat(house.get("/version").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/connections", "/logs", "/configs", "/proxies/none"})
    void a_page_of_an_origin_that_is_let_in_may_read_every_answer(String path) throws Exception {
        String request = house.served.request(path).replace("\r\n\r\n", "\r\nOrigin: https://%s\r\n\r\n");
        assertThat(head(request.formatted("panel.example")))
                .contains("access-control-allow-origin: https://panel.example\r\n", "vary: Origin\r\n");
        assertThat(head(request.formatted("other.example"))).isEmpty();
    }

    /** What an answer begins with; empty for none. */
    private String head(String request) throws IOException {
        try (Socket socket = house.served.connect(9)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder text = new StringBuilder();
            for (int c;
                    text.indexOf("\r\n\r\n") < 0 && (c = socket.getInputStream().read()) >= 0; ) {
                text.append((char) c);
            }
            return text.toString();
        }
    }

    @Test
    void connections_are_a_list_when_there_is_none() throws Exception {
        assertThat(house.get("/connections").text()).contains("\"connections\":[]");
        assertThat(house.first("/connections?token=" + house.served.token()).text())
                .contains("\"connections\":[]");
    }

    @Test
    void a_flow_keeps_its_id_from_message_to_message_until_somebody_ends_it() throws Exception {
        String flow = house.flow();
        BlockingQueue<String> texts = house.socket("/connections?interval=100&token=" + house.served.token());
        for (int i = 0; i < 3; i++) {
            String text = texts.poll(30, TimeUnit.SECONDS);
            assertThat(text).contains("\"id\":\"" + flow + "\"");
        }
        assertThat(house.ask("DELETE", "/connections/x", "").status()).isEqualTo(204);
        assertThat(house.served.proxy.overview().flows()).hasSize(1);
        assertThat(house.ask("DELETE", "/connections/" + flow, "").status()).isEqualTo(204);
        await().until(() -> house.served.proxy.overview().flows().isEmpty());
    }

    @Test
    void names_of_groups_come_as_they_are_and_what_is_wrong_is_said() throws Exception {
        assertThat(house.ask("PUT", "/proxies/%F0%9F%87%AF%F0%9F%87%B5fast", "text/plain {\"name\": \"vps\"}")
                        .status())
                .isEqualTo(204);
        assertThat(house.core.done).containsExactly("🇯🇵fast -> vps");
        for (String body : List.of("", "a/b x", "a/b []", "a/b {}", "a/b {\"name\": null}", "a/b {\"name\": {}}")) {
            assertThat(house.ask("PUT", "/proxies/ai", body).status()).as(body).isEqualTo(400);
        }
        assertThat(house.ask("DELETE", "/proxies/none", "").status()).isEqualTo(404);
        assertThat(house.get("/proxies/none").status()).isEqualTo(404);
        assertThat(house.get("/providers/proxies/none").status()).isEqualTo(404);
        assertThat(house.ask("PUT", "/providers/proxies/none", "").status()).isEqualTo(404);
        assertThat(house.ask("PUT", "/providers/rules/none", "").status()).isEqualTo(404);
        assertThat(house.get("/proxies/GLOBAL").text()).contains("\"all\":[\"ai\",\"🇯🇵fast\",\"auto\",\"lb\"]");
    }

    @Test
    void a_config_that_is_refused_is_refused_with_the_reasons() throws Exception {
        house.core.refusal = Optional.of("config.yaml:3:7: error: no such group");
        PanelHouse.Answer answer = house.ask("PUT", "/configs?force=true", "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(message(answer)).isEqualTo("config.yaml:3:7: error: no such group");
        assertThat(house.ask("PUT", "/providers/proxies/air", "").status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"path\": \"/etc/passwd\", \"payload\": \"\"}",
                "{\"path\": {}}",
                "{\"payload\": \"mode: direct\"}",
                "mode: direct"
            })
    void no_config_comes_from_a_dashboard(String body) throws Exception {
        assertThat(house.ask("PUT", "/configs?force=true", "a/b " + body).status())
                .isEqualTo(400);
        assertThat(house.core.done).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/proxies/vps/delay?url=ftp://a.test/&timeout=5",
                "/proxies/vps/delay?url=file:///etc/passwd",
                "/proxies/vps/delay?url=http://user:word@a.test/",
                "/proxies/vps/delay?url=%00",
                "/proxies/vps/delay?url=http:///x",
                "/proxies/vps/delay?timeout=0",
                "/proxies/vps/delay?timeout=x",
                "/proxies/vps/delay?url=http://127.0.0.1:1/&expected=99x",
                "/logs?level=loud",
                "/dns/query?name=127.0.0.1",
                "/dns/query?name=a..b",
                "/dns/query?name=a.test&type=NONE",
                "/storage/a%2Fb",
                "/storage/..",
                "/storage/.x",
            })
    void nonsense_is_refused(String path) throws Exception {
        assertThat(house.get(path).status()).isEqualTo(400);
    }

    @Test
    void latency_is_what_a_page_takes_and_failures_have_their_reasons() throws Exception {
        String test = "/delay?timeout=30000&url=" + house.page();
        assertThat(house.get("/proxies/vps" + test + "&expected=204").status()).isEqualTo(200);
        assertThat(house.get("/proxies/GLOBAL" + test).status()).isEqualTo(200);
        PanelHouse.Answer other = house.get("/proxies/vps" + test + "&expected=200/301-302");
        assertThat(other.status()).isEqualTo(503);
        assertThat(message(other)).contains("204");
        assertThat(house.get("/proxies/none" + test).status()).isEqualTo(404);
        assertThat(house.get("/group/vps" + test).status()).isEqualTo(404);
        assertThat(house.get("/group/auto" + test + "&expected=500").status()).isEqualTo(504);
        assertThat(house.core.done).containsExactly("auto -> null");
        JsonObject vps = house.get("/proxies/vps").json().getAsJsonObject();
        assertThat(vps.getAsJsonArray("history").toString()).contains("\"delay\":0");
        try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
            String url = URLEncoder.encode("http://127.0.0.1:" + silent.getLocalPort() + "/", StandardCharsets.UTF_8);
            PanelHouse.Answer late = house.get("/proxies/vps/delay?timeout=50&url=" + url);
            assertThat(late.status()).isEqualTo(504);
            assertThat(message(late)).isEqualTo("Timeout");
        }
    }

    @Test
    void settings_are_kept_under_names_that_no_request_chose() throws Exception {
        assertThat(house.ask("PUT", "/storage/zashboard", "a/b {\"x\": [1, \"é\"]}")
                        .status())
                .isEqualTo(204);
        assertThat(house.get("/storage/zashboard").text()).isEqualTo("{\"x\":[1,\"é\"]}");
        for (int i = 1; i < 16; i++) {
            assertThat(house.ask("PUT", "/storage/key" + i, "a/b 1").status()).isEqualTo(204);
        }
        assertThat(house.ask("PUT", "/storage/one-more", "a/b 1").status()).isEqualTo(507);
        assertThat(house.ask("PUT", "/storage/key1", "a/b no").status()).isEqualTo(400);
        assertThat(house.ask("PUT", "/storage/key1", "a/b \"" + "x".repeat(1 << 20) + "\"")
                        .status())
                .isEqualTo(413);
        assertThat(house.ask("DELETE", "/storage/key1", "").status()).isEqualTo(204);
        assertThat(house.ask("DELETE", "/storage/never", "").status()).isEqualTo(204);
        assertThat(house.get("/storage/key1").text()).isEqualTo("null");
        try (Stream<Path> files = Files.list(folder.resolve("state"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.contains("zashboard") || name.contains("key"));
        }
    }

    @Test
    void the_log_comes_without_a_websocket_too_and_ends_with_its_reader() throws Exception {
        try (Socket socket = house.served.connect(9)) {
            socket.getOutputStream()
                    .write(house.served.request("/logs?level=trace").getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder text = new StringBuilder();
            while (text.indexOf("careful") < 0) {
                text.append((char) socket.getInputStream().read());
            }
            assertThat(text).contains("{\"type\":\"debug\",\"payload\":\"DEBUG\"}\n");
        }
        await().until(() -> house.core.done.contains("no log"));
    }

    @Test
    void a_second_of_memory_follows_the_zero_that_charts_begin_with() throws Exception {
        BlockingQueue<String> texts = house.socket("/memory?token=" + house.served.token());
        assertThat(JsonParser.parseString(String.valueOf(texts.poll(30, TimeUnit.SECONDS)))
                        .getAsJsonObject()
                        .get("inuse")
                        .getAsInt())
                .isZero();
        assertThat(texts.poll(30, TimeUnit.SECONDS)).contains("\"inuse\":50");
    }
}

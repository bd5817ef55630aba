package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules and files edited by the command line and the API, in one running program and without one. */
@Tag("program")
@Timeout(120)
class EditingTest {
    private static final String CONFIG = """
        # Mine; keep this line.
        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
        api: {listen: "127.0.0.1:0"}
        dns: {hosts: {road.test: 127.0.0.1}}
        rule-sets:
          ads: {file: ads.txt}    # a list of mine

        rules:
          # lists come after what I say myself
          - {rule-set: ads, to: block}   # all of them
          - {to: direct}
        """;

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("home.yaml");
    }

    private String text() throws IOException {
        return Files.readString(file());
    }

    private Programs.Result fenliu(String... arguments) throws Exception {
        return Programs.run(
                Fenliu.command(arguments),
                Map.of("XDG_STATE_HOME", folder.resolve("state").toString()),
                null);
    }

    private Programs.Result live(Fenliu home, String... arguments) throws Exception {
        return fenliu(Stream.concat(
                        Stream.of(arguments),
                        Stream.of("--api", "127.0.0.1:" + home.port("api"), "-c", file().toString()))
                .toArray(String[]::new));
    }

    private JsonObject call(Fenliu home, String method, String path, String body) throws Exception {
        String token =
                Files.readString(folder.resolve("state/fenliu/api.token")).strip();
        List<String> curl = new ArrayList<>(List.of(
                Programs.require("curl"),
                "-sS",
                "--noproxy",
                "*",
                "-X",
                method,
                "-H",
                "Authorization: Bearer " + token));
        if (!body.isEmpty()) {
            curl.addAll(List.of("-H", "Content-Type: application/json", "--data-binary", body));
        }
        curl.add("http://127.0.0.1:" + home.port("api") + path);
        return JsonParser.parseString(Programs.output(curl.toArray(String[]::new)))
                .getAsJsonObject();
    }

    private static String road(Fenliu home, Origin origin) throws Exception {
        return Programs.output(
                Programs.require("curl"),
                "-sS",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-x",
                "http://127.0.0.1:" + home.port("in"),
                "http://road.test:" + origin.port() + "/");
    }

    private void list() throws IOException {
        Files.writeString(folder.resolve("ads.txt"), "ads.test\nmore.ads.test\n");
    }

    @Test
    void a_rule_changes_the_road_of_the_next_request_and_every_change_can_be_taken_back() throws Exception {
        list();
        try (Origin origin = new Origin();
                Fenliu home = Fenliu.start(folder, "home", CONFIG)) {
            assertThat(road(home, origin)).isEqualTo("200");

            Programs.Result added = live(home, "rule", "add", "road.test", "block", "--for", "1h");
            assertThat(added.code()).as(added.toString()).isZero();
            assertThat(added.err())
                    .contains("home.yaml:9: {domain-suffix: road.test, to: block, until: ", "fenliu undo 1");
            assertThat(road(home, origin)).isEqualTo("403");
            assertThat(text().replaceFirst("  - \\{domain-suffix.*\n", "")).isEqualTo(CONFIG);
            home.signal("HUP");
            Programs.Result listed = live(home, "rule", "ls", "--hits", "road");
            assertThat(listed.out()).contains("0  ", " hits", "home.yaml:9  {domain-suffix: road.test");
            assertThat(live(home, "rule", "test", "road.test:80").out()).contains("road.test:80 -> block", "rule  0  ");
            assertThat(road(home, origin)).isEqualTo("403");

            assertThat(live(home, "undo").code()).isZero();
            assertThat(text()).isEqualTo(CONFIG);
            assertThat(road(home, origin)).isEqualTo("200");
            assertThat(live(home, "changes").out()).contains("undo of 1", "rule added: {domain-suffix: road.test");

            Programs.Result wrong = live(home, "rule", "add", "road.test", "blok");
            assertThat(wrong.code()).isEqualTo(3);
            assertThat(wrong.err()).contains("home.yaml:9:", "no outbound or group is called \"blok\"");
            assertThat(text()).isEqualTo(CONFIG);
            assertThat(live(home, "rule", "add", "a..b", "block").code()).isEqualTo(2);
            assertThat(live(home, "rule", "rm", "7").code()).isEqualTo(2);
            assertThat(live(home, "rule", "add", "road.test", "block", "--until", "soon")
                            .err())
                    .contains("expected: a time such as");

            assertThat(live(home, "rule", "add", "road.test", "block", "--confirm", "2s")
                            .err())
                    .contains("goes back by itself in 2s");
            assertThat(road(home, origin)).isEqualTo("403");
            home.awaitText("went back by itself: it was not confirmed in time");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(road(home, origin)).isEqualTo("200"));
            assertThat(text()).isEqualTo(CONFIG);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(live(home, "status").out()).contains("went back by itself"));
            files(home, origin);
            worse(home, origin);
        }
    }

    /** Nobody need be there when an edit cuts all off. */
    private void worse(Fenliu home, Origin origin) throws Exception {
        JsonObject config = call(home, "GET", "/api/v1/files", "")
                .getAsJsonArray("items")
                .get(0)
                .getAsJsonObject();
        JsonObject body = new JsonObject();
        body.addProperty("text", CONFIG.replace("{to: direct}", "{to: dead}") + """
                outbounds: {dead: {type: socks5, server: "127.0.0.1:%d"}}
                """.formatted(Programs.freePort()));
        body.addProperty("version", config.get("version").getAsString());
        body.addProperty("revert-when-worse", true);
        JsonObject put = call(home, "PUT", "/api/v1/files/" + config.get("id").getAsString(), body.toString());
        assertThat(put.get("change").isJsonNull()).as(put.toString()).isFalse();
        assertThat(road(home, origin)).isEqualTo("503");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> {
                    road(home, origin); // those who use it
                    assertThat(home.text()).containsPattern("went back by itself: [0-9]+ of [0-9]+ flows failed since");
                });
        assertThat(text()).isEqualTo(CONFIG);
        assertThat(road(home, origin)).isEqualTo("200");
    }

    private void files(Fenliu home, Origin origin) throws Exception {
        JsonArray files = call(home, "GET", "/api/v1/files", "").getAsJsonArray("items");
        assertThat(files).hasSize(2);
        JsonObject config = files.get(0).getAsJsonObject();
        String path = "/api/v1/files/" + config.get("id").getAsString();
        assertThat(call(home, "GET", path, "").get("text").getAsString()).isEqualTo(CONFIG);
        assertThat(call(home, "GET", "/api/v1/files/..%2Fstate%2Ffenliu%2Fapi.token", "")
                        .toString())
                .contains("there is nothing here");

        JsonObject body = new JsonObject();
        body.addProperty("text", CONFIG.replace("{to: direct}", "{to: block}"));
        JsonObject checked = call(home, "POST", path + "/check", body.toString());
        assertThat(checked.get("ok").getAsBoolean()).isTrue();
        JsonObject move = checked.getAsJsonArray("moves").get(0).getAsJsonObject();
        assertThat(move.toString())
                .contains("\"host\":\"road.test\"", "\"from\":[\"direct\"],\"to\":[\"block\"]")
                .contains("\"port\":" + origin.port());
        assertThat(road(home, origin)).isEqualTo("200");

        body.addProperty("text", CONFIG + "rulse: []\n");
        body.addProperty("version", config.get("version").getAsString());
        JsonObject refused = call(home, "PUT", path, body.toString());
        assertThat(refused.getAsJsonArray("problems")
                        .get(0)
                        .getAsJsonObject()
                        .get("line")
                        .getAsInt())
                .isEqualTo(12);
        assertThat(text()).isEqualTo(CONFIG);
        body.addProperty("text", CONFIG.replace("to: direct", "to: block"));
        body.addProperty("version", "of yesterday");
        assertThat(call(home, "PUT", path, body.toString()).toString()).contains("has changed meanwhile");
        body.addProperty("version", config.get("version").getAsString());
        JsonElement change = call(home, "PUT", path, body.toString()).get("change");
        assertThat(road(home, origin)).isEqualTo("403");
        assertThat(call(home, "POST", "/api/v1/changes/" + change.getAsLong() + "/undo", "{}")
                        .has("version"))
                .isTrue();
        assertThat(road(home, origin)).isEqualTo("200");

        String list =
                "/api/v1/files/" + files.get(1).getAsJsonObject().get("id").getAsString();
        body.addProperty("text", "ads.test\nroad.test\n");
        assertThat(call(home, "POST", list + "/check", body.toString()).toString())
                .contains("\"host\":\"road.test\"");
        assertThat(call(home, "GET", "/api/v1/rule-sets/ads/entries?search=MORE", "")
                        .toString())
                .contains("\"total\":1", "\"text\":\"more.ads.test\"", "\"line\":2");
        assertThat(call(home, "GET", "/api/v1/explain?host=https://x.ads.test/", "")
                        .toString())
                .contains("\"steps\":[", "\"outcome\":\"yes\"");
        assertThat(call(home, "GET", "/api/v1/rules?search=ads", "").toString())
                .contains("\"total\":1", "\"to\":\"block\"", "\"name\":\"ads\",\"entries\":2", "\"hits\":");
        assertThat(call(home, "GET", "/api/v1/setup", "").toString())
                .contains("\"default-config\":false", "/proxy.pac");
        assertThat(call(home, "GET", "/api/v1/qr?text=abc", "").get("size").getAsInt())
                .isEqualTo(21);
        assertThat(call(home, "GET", "/api/v1/schema", "").has("properties")).isTrue();
    }

    @Test
    void without_a_running_program_the_file_is_edited() throws Exception {
        list();
        Fenliu.write(file(), CONFIG);
        String config = file().toString();
        Programs.Result added = fenliu("rule", "add", "road.test", "block", "--last", "-c", config);
        assertThat(added.code()).as(added.toString()).isZero();
        assertThat(text()).isEqualTo(CONFIG.replace("  - {to", "  - {domain-suffix: road.test, to: block}\n  - {to"));
        assertThat(fenliu("rule", "ls", "-c", config).out()).contains("1  {domain-suffix: road.test, to: block}");
        assertThat(fenliu("rule", "rm", "{domain-suffix: road.test, to: block}", "-c", config)
                        .code())
                .isZero();
        assertThat(text()).isEqualTo(CONFIG);
        assertThat(fenliu("undo", "-c", config).code()).isZero();
        assertThat(text()).contains("road.test, to: block}");
        assertThat(fenliu("changes", "1", "-c", config).out()).contains("+  - {domain-suffix: road.test, to: block}");
        Programs.Result wrong = fenliu("rule", "add", "road.test", "blok", "-c", config);
        assertThat(wrong.code()).isEqualTo(3);
        assertThat(wrong.err()).contains("home.yaml:9:36: error: no outbound or group is called \"blok\"");
        assertThat(fenliu("rule", "add", "a.test", "block", "--confirm", "60s", "-c", config)
                        .code())
                .isEqualTo(1);
    }
}

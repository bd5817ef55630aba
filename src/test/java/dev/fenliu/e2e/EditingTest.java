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
import java.time.Instant;
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
            assertThat(home.text())
                    .as("what an edit has brought into force is not read again because the file is another")
                    .contains("generation 3 is in force")
                    .doesNotContain("generation 4 is in force");

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
        assertThat(call(home, "GET", "/api/v1/rule-sets/ads/diff", "").toString())
                .as("a list of this machine")
                .contains("there is no rule-set \\\"ads\\\" with an address");
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

    private void own() throws IOException {
        list();
        Fenliu.write(
                file(),
                CONFIG.replace(
                        "  ads: ", "  own: {entries: [a.test]}\n  fixed: {file: \"built-in:openai.yaml\"}\n  ads: "));
    }

    private String ads() throws IOException {
        return Files.readString(folder.resolve("ads.txt"));
    }

    @Test
    void hosts_go_into_lists_of_the_users_own_and_out_of_them() throws Exception {
        own();
        String config = file().toString();
        String before = text();
        Programs.Result added = fenliu("rule", "add", "road.test", "--list", "ads", "-c", config);
        assertThat(added.code()).as(added.toString()).isZero();
        assertThat(added.err()).contains("road.test is on line 3 now (", "ads.txt)", "fenliu undo 1 -c " + config);
        assertThat(ads()).isEqualTo("ads.test\nmore.ads.test\n+.road.test\n");
        assertThat(fenliu("rule", "rm", "more.ads.test", "--list", "ads", "-c", config)
                        .code())
                .isZero();
        assertThat(ads()).isEqualTo("ads.test\n+.road.test\n");
        assertThat(fenliu("undo", "1", "-c", config).code()).isZero();
        assertThat(ads()).isEqualTo("ads.test\n");
        assertThat(fenliu("rule", "add", "b.test", "--list", "own", "-c", config)
                        .code())
                .isZero();
        assertThat(text()).isEqualTo(before.replace("[a.test]", "[a.test, \"+.b.test\"]"));
        assertThat(fenliu("rule", "rm", "b.test", "--list", "own", "-c", config).code())
                .isZero();
        assertThat(text()).isEqualTo(before);
        for (String[] wrong : new String[][] {
            {"road.test", "--list", "fixed"},
            {"road.test", "--list", "no"},
            {"road.test", "block", "--list", "ads"}
        }) {
            List<String> command = new ArrayList<>(List.of("rule", "add", "-c", config));
            command.addAll(List.of(wrong));
            assertThat(fenliu(command.toArray(String[]::new)).code())
                    .as(command.toString())
                    .isEqualTo(2);
        }

        try (Origin origin = new Origin();
                Fenliu home = Fenliu.start(folder, "home", before)) {
            Programs.Result live = live(home, "rule", "add", "road.test", "--list", "ads");
            assertThat(live.err()).contains("ads.txt:2: road.test, in force now");
            assertThat(road(home, origin)).isEqualTo("403");
            Programs.Result out = live(home, "rule", "rm", "road.test", "--list", "ads", "--confirm", "1h");
            assertThat(out.code()).as(out.toString()).isZero();
            assertThat(road(home, origin)).isEqualTo("200");
            assertThat(live(home, "undo").code()).isZero();
            assertThat(road(home, origin)).isEqualTo("403");
            assertThat(live(home, "rule", "rm", "road.test", "--list", "ads").code())
                    .isZero();
            assertThat(live(home, "rule", "add", "b.test", "--list", "own").err())
                    .contains("home.yaml:6: b.test");
            assertThat(live(home, "rule", "test", "x.b.test").out()).contains("-> direct");
            assertThat(live(home, "rule", "add", "b.test", "--list", "own").code())
                    .isEqualTo(2);
            assertThat(live(home, "rule", "add", "b.test", "--list", "no").code())
                    .isEqualTo(2);
        }
    }

    @Test
    void everything_goes_one_way_for_a_while_and_then_the_rule_is_gone_from_the_file() throws Exception {
        list();
        String config =
                CONFIG.replace("rules:\n", "rules:\n  - {domain: typed.test, to: block, until: 2026-01-01T00:00:00Z}\n")
                        + "rule-tests: [{host: road.test, to: direct}, {host: ads.test, to: block}]\n";
        try (Origin origin = new Origin();
                Fenliu home = Fenliu.start(folder, "home", config)) {
            Programs.Result added = live(home, "rule", "add", "any", "block", "--for", "1h");
            assertThat(added.code()).as(added.toString()).isZero();
            assertThat(added.err())
                    .contains("home.yaml:9: {to: block, until: ", ", in force now. To take it back: fenliu undo 1")
                    .contains("warning: rule test set aside until ", "road.test:443 goes to \"block\"");
            assertThat(road(home, origin)).isEqualTo("403");
            assertThat(live(home, "status").out())
                    .contains("everything is blocked for another 59 min; to end it: fenliu rule rm 0");
            assertThat(live(home, "rule", "ls").out()).contains("{to: block, until: ", "  (59 min left)");
            Programs.Result checked = fenliu("check", "-c", file().toString());
            assertThat(checked.code()).as(checked.toString()).isZero();
            assertThat(checked.err()).contains("rule test set aside until ", "1 rule test passed, 1 set aside");
            assertThat(live(home, "rule", "rm", "any").code()).isZero();
            assertThat(text()).isEqualTo(config);
            assertThat(road(home, origin)).isEqualTo("200");

            Programs.Result refused = live(home, "rule", "add", "*", "direct", "--for", "1h");
            assertThat(refused.code()).isEqualTo(3);
            assertThat(refused.err())
                    .contains(
                            "rule test failed: ads.test:443 goes to \"direct\", expected \"block\"",
                            "not even for a while may a rule let out");
            assertThat(text()).isEqualTo(config);

            String soon = Instant.now().plusSeconds(15).toString();
            for (String what : List.of("b.test", "any")) {
                assertThat(live(home, "rule", "add", what, "block", "--until", soon)
                                .code())
                        .isZero();
            }
            home.awaitText("is taken out, as its time is over");
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(text()).as("what was typed stays").isEqualTo(config));
            assertThat(road(home, origin)).isEqualTo("200");
            assertThat(live(home, "status").out())
                    .contains("its time is over (until 2026-01-01T00:00:00Z)")
                    .doesNotContain("set aside", "everything");
            assertThat(live(home, "changes").out()).contains("its time was over: {to: block, until: ");
            assertThat(live(home, "undo").code()).isZero();
            assertThat(text())
                    .as("what was changed last by hand: the pause was ended")
                    .contains("{to: block, until: ");
        }
    }

    @Test
    void a_config_of_another_program_is_mended_and_the_old_text_can_be_had_back() throws Exception {
        list();
        String foreign = CONFIG.replace("rule-sets:", "rule-providers:").replace("to: direct}", "to: direct}   # rest");
        String mended = foreign.replace("rule-providers:", "rule-sets:");
        Fenliu.write(file(), foreign);
        String config = file().toString();
        assertThat(fenliu("migrate", "--diff", "-c", config).out()).contains("-rule-providers:\n+rule-sets:");
        assertThat(text()).isEqualTo(foreign);
        Programs.Result done = fenliu("migrate", "-c", config);
        assertThat(done.code()).as(done.toString()).isZero();
        assertThat(done.err()).contains("fenliu undo 1");
        assertThat(text()).isEqualTo(mended);
        assertThat(fenliu("changes", "-c", config).out()).contains("1  ", "migrated");
        Programs.Result undone = fenliu("undo", "-c", config);
        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(undone.err()).contains("unknown key \"rule-providers\"");
        assertThat(text()).isEqualTo(foreign);
        Fenliu.write(file(), foreign + "nonsense: 1\n");
        Programs.Result half = fenliu("migrate", "-c", config);
        assertThat(half.code()).as("what is left is to be seen to").isEqualTo(3);
        assertThat(half.err()).contains("unknown key \"nonsense\"");
        assertThat(text()).isEqualTo(mended + "nonsense: 1\n");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".bak"));
        }

        try (Fenliu home = Fenliu.start(folder, "home", mended)) {
            Fenliu.write(file(), foreign);
            home.awaitText("unknown key");
            Programs.Result live = live(home, "migrate");
            assertThat(live.code()).as(live.toString()).isZero();
            assertThat(live.err()).contains("in force now");
            assertThat(text()).isEqualTo(mended);
            Programs.Result back = live(home, "undo");
            assertThat(back.err()).contains("not in force, as there are errors", "unknown key");
            assertThat(text()).isEqualTo(foreign);
            assertThat(live(home, "undo").err()).contains("in force now");
            assertThat(live(home, "fmt").err()).contains("formatted", "in force now. To take it back: fenliu undo");
            assertThat(live(home, "undo").code()).isZero();
            assertThat(text()).isEqualTo(mended);
        }
    }

    @Test
    void what_made_the_config_is_undone_to_what_held_without_one() throws Exception {
        Map<String, String> alone = Map.of(
                "XDG_STATE_HOME",
                folder.resolve("state").toString(),
                "XDG_CONFIG_HOME",
                folder.resolve("conf").toString());
        Programs.run(Fenliu.command("rule", "add", "road.test", "block"), alone, folder);
        Programs.Result undone = Programs.run(Fenliu.command("undo"), alone, folder);
        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(Files.readString(folder.resolve("conf/fenliu/config.yaml")))
                .contains("{rule-set: openai, to: tunnel}")
                .doesNotContain("road.test");
    }

    @Test
    void without_a_running_program_the_file_is_edited() throws Exception {
        list();
        Fenliu.write(file(), CONFIG);
        String config = file().toString();
        Programs.Result added = fenliu("rule", "add", "road.test", "block", "--last", "-c", config);
        assertThat(added.code()).as(added.toString()).isZero();
        assertThat(text()).isEqualTo(CONFIG.replace("  - {to", "  - {domain-suffix: road.test, to: block}\n  - {to"));
        assertThat(fenliu("rule", "ls", "-c", config).out())
                .contains("1  " + config + ":11  {domain-suffix: road.test, to: block}");
        assertThat(fenliu("rule", "rm", "road.test", "-c", config).code()).isZero();
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

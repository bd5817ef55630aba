package dev.fenliu.leak;

import static dev.fenliu.leak.Home.GOOD;
import static dev.fenliu.leak.Laboratory.RESOLVER;
import static dev.fenliu.leak.Laboratory.TUNNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.Fenliu;
import dev.fenliu.e2e.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 33 to 36: what the program does by itself, what it lacks, and a browser. */
@Tag("program")
@Timeout(120)
class RestTest {
    private static final String ASKS = """
            - {ip-cidr: 192.0.2.0/24, resolve: true, to: direct}
            """;

    @TempDir
    static Path folder;

    private static Laboratory laboratory;

    @BeforeAll
    static void build() throws Exception {
        laboratory = new Laboratory(folder);
    }

    @AfterAll
    static void close() throws Exception {
        laboratory.close();
    }

    private static Scenario scenario(int number, Home home) {
        return new Scenario(laboratory, number, home, Scenario.ALL).through(TUNNEL);
    }

    private static Programs.Result fenliu(String... command) throws Exception {
        return laboratory.village.run("box", Fenliu.command(command));
    }

    @Test
    @DisplayName("33 questions about a tunnelled host from those who look after the box")
    void questions_of_the_user() throws Exception {
        Scenario scenario = scenario(33, Home.with(GOOD).first(ASKS));
        List<String> names = List.copyOf(scenario.names().values());
        Path list = Files.write(folder.resolve("hosts"), names);
        Scenario.Happening<Programs.Result> explain = () -> fenliu(
                "explain",
                "--resolve",
                "--file",
                list.toString(),
                "-c",
                folder.resolve("box.yaml").toString());
        laboratory.box(scenario.home());
        String told = scenario.leaksNothing(explain).out();
        assertThat(told).contains(names).contains("vps").doesNotContain("failed");
        scenario.leaksNothing(
                () -> fenliu("check", "-c", folder.resolve("box.yaml").toString()));
        scenario.wouldHaveBeenSeen(scenario.home().leaking(), explain);
    }

    @Test
    @DisplayName("34 a list is fetched from a tunnelled host, at once or after a redirect")
    void lists() throws Exception {
        Files.writeString(folder.resolve("list"), Canaries.text("birds.txt"));
        Scenario scenario = new Scenario(laboratory, 34, Home.with(GOOD), List.of("one", "other"))
                .through(TUNNEL)
                .allowing(RESOLVER, "tcp 198.51.100.2:80", "tcp 2001:db8:100::2:80");
        List<String> names = List.copyOf(scenario.names().values());
        Files.writeString(folder.resolve("to"), names.get(1));
        String lists = "rule-sets: {birds: {file: birds.txt}, one: {url: \"http://%s/list\"},"
                + " other: {url: \"http://lists.plain.test/to\"}}";
        Home home = scenario.home()
                .more(lists.formatted(names.get(0)))
                .first("- {rule-set: one, to: block}\n- {rule-set: other, to: block}");
        scenario.leaksNothing(() -> {
            laboratory.box(home);
            laboratory.box().awaitText("rule-set one: updated");
            laboratory.box().awaitText("rule-set other: updated");
            return laboratory.generation();
        });
        scenario.wouldHaveBeenSeen(home.leaking(), () -> {
            for (Path copy : laboratory.memories()) {
                Files.delete(copy);
            }
            laboratory.box(home.leaking());
            return laboratory.generation();
        });
    }

    @Test
    @DisplayName("35 no descriptors and no memory are left")
    void exhaustion() throws Exception {
        Scenario scenario = scenario(35, Home.with(GOOD));
        String few = "ulimit -n 120; exec \"$@\"";
        for (List<String> limit :
                List.of(List.of("sh", "-c", few, "sh"), List.of("env", "JAVA_TOOL_OPTIONS=-Xmx20m"))) {
            scenario.leaksNothing(() -> {
                laboratory.boot(scenario.home(), limit.toArray(String[]::new));
                Map<String, String> crowd = new TreeMap<>();
                scenario.names().values().forEach(name -> crowd.put("crowd" + crowd.size(), name));
                assertThat(laboratory.ask(crowd).lines().toString()).contains("failed");
                return laboratory.ask(scenario.names());
            });
        }
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("36 a browser with a PAC file, and the proxy is stopped")
    void browser_without_proxy() throws Exception {
        String name = Canaries.ALL.get(36);
        Home others = Home.with(GOOD).first("- {not: {domain: " + name + "}, to: block}"); // what it does by itself
        Scenario scenario = new Scenario(laboratory, Map.of("browser", name), others).through(TUNNEL);
        laboratory.box(scenario.home());
        assertThat(scenario.leaksNothing(() -> laboratory.browse(name)))
                .containsAnyOf("seen 203.0.113.1", "seen 2001:db8:113::1");
        scenario.wouldHaveBeenSeen(scenario.home().leaking(), () -> laboratory.browse(name));
        laboratory.box(scenario.home());
        laboratory.forwarding(true);
        laboratory.stop();
        scenario.leaksNothing(() -> laboratory.browse(name));
        laboratory.forwarding(false);
        laboratory.boot(scenario.home());
    }
}

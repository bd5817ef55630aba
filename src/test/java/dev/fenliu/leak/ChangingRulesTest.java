package dev.fenliu.leak;

import static dev.fenliu.leak.Home.GOOD;
import static dev.fenliu.leak.Home.TROJAN;
import static dev.fenliu.leak.Laboratory.TUNNEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 14 to 22: reloads, lists, starts and ends. */
@Tag("program")
@Timeout(120)
class ChangingRulesTest {
    private static final String LIST = "http://198.51.100.2/list";

    /** The canaries of the list are told from all others by their rule alone. */
    private static final List<String> LISTED = Canaries.ALL.stream()
            .filter(name -> name.matches(".*(twite|brambling|hawfinch).*"))
            .toList();

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

    @AfterEach
    void heal() throws Exception {
        laboratory.heal();
    }

    private static Scenario scenario(int number, Home home) {
        return new Scenario(laboratory, number, home, Scenario.ALL).through(TUNNEL);
    }

    /** All entrances, for names of the list alone. */
    private static Map<String, String> listed() {
        Map<String, String> names = new TreeMap<>();
        for (String entrance : Scenario.ALL) {
            names.put(entrance, LISTED.get(names.size() % LISTED.size()));
        }
        return names;
    }

    private static Home remote(String more) {
        return Home.with(GOOD).more("rule-sets: {birds: {url: \"" + LIST + "\"}" + more + "}");
    }

    private static void provideList(String text) throws Exception {
        Files.writeString(folder.resolve("list"), text);
    }

    /** Ends the program, as the rules of the last control say direct, and leaves it no copy of the list. */
    private static void forget() throws Exception {
        laboratory.stop();
        for (Path memory : laboratory.memories()) {
            Files.delete(memory);
        }
    }

    @Test
    @DisplayName("14 reloads while the tunnel is down")
    void reload_while_down() throws Exception {
        Scenario scenario =
                scenario(14, Home.with(TROJAN.formatted("203.0.113.1:9"))).through("tcp 203.0.113.1:9");
        laboratory.box(scenario.home());
        scenario.leaksNothing(() -> {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<Answers> asking = laboratory.background(() -> laboratory.ask(scenario.names()));
                while (!asking.isDone()) {
                    laboratory.box(scenario.home());
                }
                asking.get().areRefusals();
            }
            return laboratory.generation();
        });
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("15 a reload that tunnels what open flows carry plainly")
    void reload_with_open_flows() throws Exception {
        Scenario scenario = new Scenario(laboratory, 15, Home.with(GOOD), Scenario.GOING_ON)
                .through(TUNNEL)
                .allowing("reset 198.51.100.3:443", "reset 2001:db8:100::3:443");
        laboratory.box(scenario.home().leaking());
        laboratory.begin();
        Held held = laboratory.hold(scenario.names());
        assertThat(laboratory.traffic().canaries()).containsAll(scenario.names().values());
        laboratory.box(scenario.home());
        held.ended("tproxy-quic").are("closed");
        scenario.leaksNothing(() -> {
            laboratory.ask(scenario.names()).cameThroughTheTunnel();
            return held.stop();
        });
    }

    @Test
    @DisplayName("16 a reload that takes the tunnel away")
    void reload_without_tunnel() throws Exception {
        Home home = Home.with(GOOD).to("ai").more("groups: {ai: {type: fallback, members: [vps]}}");
        Scenario scenario = scenario(16, home);
        laboratory.box(home);
        scenario.leaksNothing(() -> {
            laboratory.refused(home.text().replace("  vps:", "  other:"));
            laboratory.ask(scenario.names()).cameThroughTheTunnel();
            Held held = laboratory.hold(Canaries.forScenario(16, Scenario.GOING_ON));
            laboratory.box(home.more("groups: {ai: {type: fallback, members: []}}"));
            laboratory.ask(scenario.names()).flows().areRefusals(); // answers are remembered
            return held.stop();
        });
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("17 a broken reload")
    void broken_reload() throws Exception {
        Scenario scenario = scenario(17, Home.with(GOOD));
        laboratory.box(scenario.home());
        scenario.leaksNothing(() -> {
                    String good = scenario.home().leaking().text();
                    laboratory.refused("rules: [{to: direct}");
                    laboratory.refused(good + "nonsense: 1\n");
                    laboratory.refused(good.replace("birds.txt", "no.txt"));
                    return laboratory.ask(scenario.names());
                })
                .cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("18 a start without the list that a rule of the tunnel names")
    void start_without_list() throws Exception {
        Files.deleteIfExists(folder.resolve("list"));
        Scenario scenario = new Scenario(laboratory, listed(), remote(""))
                .through(TUNNEL)
                .allowing("tcp 198.51.100.2:80"); // the list itself
        forget();
        scenario.leaksNothing(() -> {
                    laboratory.boot(scenario.home());
                    return laboratory.ask(scenario.names());
                })
                .cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("19 a start with everything that it remembers spoilt")
    void start_with_spoilt_memory() throws Exception {
        provideList(Canaries.text("birds.txt"));
        Scenario scenario =
                new Scenario(laboratory, listed(), remote("")).through(TUNNEL).allowing("tcp 198.51.100.2:80");
        scenario.leaksNothing().cameThroughTheTunnel();
        laboratory.stop();
        Files.delete(folder.resolve("list"));
        assertThat(laboratory.memories()).hasSizeGreaterThan(1);
        for (Path memory : laboratory.memories()) {
            byte[] bytes = Files.readAllBytes(memory);
            for (int i = 0; i < bytes.length; i += 7) {
                bytes[i] ^= 0x55;
            }
            Files.write(memory, bytes);
        }
        scenario.leaksNothing(() -> {
                    laboratory.boot(scenario.home());
                    return laboratory.ask(scenario.names());
                })
                .cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("20 the provider of a list turns tunnelled names to direct")
    void provider_turns() throws Exception {
        provideList(Canaries.text("birds.txt"));
        Scenario scenario =
                new Scenario(laboratory, listed(), remote("")).through(TUNNEL).allowing("tcp 198.51.100.2:80");
        forget();
        scenario.leaksNothing(() -> {
                    laboratory.boot(scenario.home());
                    Awaitility.await()
                            .until(() -> laboratory.memories().toString().contains(".list"));
                    provideList("||twite.test^\n");
                    for (Path memory : laboratory.memories()) {
                        Files.setLastModifiedTime(memory, FileTime.from(Instant.EPOCH));
                    }
                    laboratory.box(scenario.home());
                    laboratory.box().awaitText("held back");
                    return laboratory.ask(scenario.names());
                })
                .cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("21 the program is killed under load, and started again")
    void killed() throws Exception {
        Scenario scenario = scenario(21, Home.with(GOOD));
        laboratory.box(scenario.home());
        laboratory.forwarding(true);
        scenario.leaksNothing(() -> {
                    Held held = laboratory.hold(Canaries.forScenario(21, Scenario.GOING_ON));
                    laboratory.kill();
                    held.ended("tproxy-quic").are("closed");
                    laboratory.ask(scenario.names()).areRefusals();
                    laboratory.boot(scenario.home());
                    return laboratory.ask(scenario.names());
                })
                .cameThroughTheTunnel();
        laboratory.forwarding(false);
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("22 the program is told to end, and waits for its flows")
    void drained() throws Exception {
        Scenario scenario = scenario(22, Home.with(GOOD));
        laboratory.box(scenario.home());
        scenario.leaksNothing(() -> {
            Held held = laboratory.hold(Canaries.forScenario(22, Scenario.STREAMS));
            laboratory.box().signal("TERM");
            laboratory.ask(scenario.names()).areRefusals();
            held.stop().are("stopped");
            return laboratory.box().process().waitFor();
        });
        laboratory.boot(scenario.home().leaking());
        scenario.wouldHaveBeenSeen();
    }
}

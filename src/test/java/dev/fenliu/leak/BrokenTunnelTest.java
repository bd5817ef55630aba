package dev.fenliu.leak;

import static dev.fenliu.leak.Home.GOOD;
import static dev.fenliu.leak.Home.SHADOWSOCKS;
import static dev.fenliu.leak.Home.TROJAN;
import static dev.fenliu.leak.Laboratory.RESOLVER;
import static dev.fenliu.leak.Laboratory.TUNNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 1 to 13: something is wrong with the tunnel. */
@Tag("program")
@Timeout(120)
class BrokenTunnelTest {
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

    private static Scenario scenario(int number, String tunnel) {
        return new Scenario(laboratory, number, Home.with(tunnel), Scenario.ALL);
    }

    private static void refuses(Scenario scenario) throws Exception {
        scenario.leaksNothing().areRefusals();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("0 beside the 36: with a tunnel that works all clients get through it")
    void works() throws Exception {
        Scenario scenario = scenario(0, GOOD).through(TUNNEL);
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("1 the tunnel has never been up: there is no such host")
    void never_up() throws Exception {
        refuses(scenario(1, TROJAN.formatted("203.0.113.99:443")).through("tcp 203.0.113.99:443"));
    }

    @Test
    @DisplayName("2 the tunnel's server refuses connections")
    void refused() throws Exception {
        refuses(scenario(2, TROJAN.formatted("203.0.113.1:9")).through("tcp 203.0.113.1:9"));
    }

    @Test
    @DisplayName("3 what is sent to the tunnel's server disappears")
    void blackholed() throws Exception {
        laboratory.cut("blackhole", "203.0.113.66");
        refuses(scenario(3, TROJAN.formatted("203.0.113.66:443")).through("tcp 203.0.113.66:443"));
    }

    @Test
    @DisplayName("4 the tunnel's certificate is for another name")
    void wrong_name() throws Exception {
        String trusted = TROJAN.formatted("203.0.113.1:444").replace("ca: far.pem", "ca: other.pem");
        refuses(scenario(4, trusted).through("tcp 203.0.113.1:444"));
    }

    @Test
    @DisplayName("5 the tunnel's certificate has expired")
    void expired() throws Exception {
        String trusted = TROJAN.formatted("203.0.113.1:445").replace("ca: far.pem", "ca: old.pem");
        refuses(scenario(5, trusted).through("tcp 203.0.113.1:445"));
    }

    @Test
    @DisplayName("6 the key of the tunnel is wrong")
    void wrong_key() throws Exception {
        refuses(scenario(6, SHADOWSOCKS.formatted("203.0.113.1:8388", "wrong"))
                .through("tcp 203.0.113.1:8388", "udp 203.0.113.1:8388"));
        scenario(6, GOOD.replace("s3cret", "wrong"))
                .through(TUNNEL)
                .leaksNothing()
                .areRefusals();
    }

    @Test
    @DisplayName("7 the clock is off, so that no certificate is valid")
    void clock_off() throws Exception {
        Scenario scenario = scenario(7, GOOD).through(TUNNEL);
        Programs.require("faketime"); // which forks, so that it cannot be what is started
        laboratory.boot(scenario.home(), "env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1", "FAKETIME=+5000d");
        refuses(scenario);
        laboratory.boot(scenario.home());
    }

    @Test
    @DisplayName("8 the tunnel's server accepts, and then says nothing")
    void stalls() throws Exception {
        refuses(scenario(8, TROJAN.formatted("198.51.100.2:9000")).through("tcp 198.51.100.2:9000"));
    }

    @Test
    @DisplayName("9 the tunnel dies in mid-stream")
    void dies_in_mid_stream() throws Exception {
        Scenario scenario = new Scenario(laboratory, 9, Home.with(GOOD), Scenario.STREAMS).through(TUNNEL);
        laboratory.box(scenario.home());
        scenario.leaksNothing(() -> {
                    Held held = laboratory.hold(scenario.names());
                    laboratory.killServer();
                    held.ended().are("closed");
                    return laboratory.ask(scenario.names());
                })
                .areRefusals();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("10 the tunnel comes and goes")
    void flaps() throws Exception {
        Scenario scenario = scenario(10, GOOD).through(TUNNEL);
        laboratory.box(scenario.home());
        scenario.leaksNothing(() -> {
            Held held = laboratory.hold(Canaries.forScenario(10, Scenario.STREAMS));
            for (int i = 0; i < 2; i++) {
                laboratory.cut("unreachable", "203.0.113.1");
                laboratory.ask(scenario.names()).flows().areRefusals(); // answers are remembered
                laboratory.heal();
                laboratory.ask(scenario.names()).flows().cameThroughTheTunnel(); // so are failures, for some seconds
            }
            return held.stop();
        });
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("11 the name of the tunnel's server does not resolve")
    void nameless() throws Exception {
        laboratory.providerSays("gone.leak.test NXDOMAIN -\n");
        Scenario scenario = scenario(11, TROJAN.formatted("gone.leak.test:443")).allowing(RESOLVER);
        refuses(scenario);
        scenario.leaksNothing();
        assertThat(laboratory.traffic().questions()).containsExactly("gone.leak.test.");
    }

    @Test
    @DisplayName("12 the tunnel's server moves to another address")
    void moves() throws Exception {
        laboratory.providerSays("moves.leak.test A 203.0.113.1\nmoves.leak.test AAAA -\n");
        laboratory.village.run(
                "server", List.of(Programs.require("ip"), "addr", "add", "203.0.113.5/24", "dev", "wan"));
        Scenario scenario = scenario(12, TROJAN.formatted("moves.leak.test:443"))
                .allowing(RESOLVER)
                .through(TUNNEL, "tcp 203.0.113.5:443");
        scenario.leaksNothing().cameThroughTheTunnel();
        laboratory.providerSays("moves.leak.test A 203.0.113.5\nmoves.leak.test AAAA -\n");
        laboratory.cut("unreachable", "203.0.113.1");
        scenario.leaksNothing(() -> {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> laboratory.ask(scenario.names()).cameThroughTheTunnel());
            return laboratory.traffic().places();
        });
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("13 all members of a group are down")
    void all_members_down() throws Exception {
        String members = TROJAN.formatted("203.0.113.1:9") + "\n  key: " + GOOD.replace("s3cret", "wrong")
                + "\n  away: " + TROJAN.formatted("203.0.113.99:443");
        Home home = Home.with(members).to("ai").more("groups: {ai: {type: fallback, members: [vps, key, away]}}");
        refuses(new Scenario(laboratory, 13, home, Scenario.ALL)
                .through("tcp 203.0.113.1:9", TUNNEL, "tcp 203.0.113.99:443"));
    }
}

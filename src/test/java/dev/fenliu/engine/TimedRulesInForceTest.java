package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Question;
import dev.fenliu.route.RuleTests;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimedRulesInForceTest {
    private static final Instant END = Instant.parse("2026-11-26T18:00:00Z");
    private static final String CONFIG = """
        listeners: []
        groups: {ai: {type: select, members: []}}
        rules:
          - {domain: a.example, to: direct, until: 2026-11-26T18:00:00Z}
          - {to: ai}
        """;

    @TempDir
    private Path state;

    private final EventLoopGroup loops = Sockets.loops(1);
    private final AtomicInteger told = new AtomicInteger();
    private volatile Instant now = END.minusSeconds(3_600);
    private Proxy proxy;

    @BeforeEach
    void start() throws Exception {
        Kept fresh = Kept.fresh(loops, System::nanoTime, state);
        Kept kept = new Kept(
                loops,
                fresh.clock(),
                fresh.answers(),
                fresh.health(),
                fresh.exits(),
                fresh.selections(),
                fresh.processes(),
                () -> now,
                state);
        proxy = new Proxy(kept, FlowListener.NONE, told::incrementAndGet);
        apply();
    }

    @AfterEach
    void stop() {
        proxy.stop();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private void apply() throws InterruptedException {
        apply(CONFIG);
    }

    private void apply(String config) throws InterruptedException {
        Future<Proxy.Report> done =
                proxy.apply(Built.config(config), new Problems()).await();
        assertThat(done.isSuccess()).isTrue();
    }

    private String target() {
        Flow flow = new Flow(
                0,
                Transport.TCP,
                "",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Destination.parse("a.example:443"),
                Optional.empty());
        return Objects.requireNonNull(proxy.inquiry())
                .ask(Question.of(flow))
                .path()
                .get(0);
    }

    @Test
    void a_rule_ends_in_the_config_in_force_without_reading_it_anew() {
        proxy.expire();
        assertThat(target()).isEqualTo("direct");
        now = END;
        proxy.expire();
        assertThat(target()).isEqualTo("ai");
        assertThat(proxy.overview().warnings())
                .anySatisfy(problem -> assertThat(problem.message()).startsWith("its time is over"));
        now = END.minusSeconds(60); // somebody sets the clock back
        proxy.expire();
        assertThat(target()).isEqualTo("ai");
    }

    @Test
    void a_reload_knows_what_is_over_also_when_the_clock_was_set_back() throws Exception {
        now = END;
        apply();
        now = END.minusSeconds(60);
        apply();
        assertThat(target()).isEqualTo("ai");
    }

    @Test
    void a_rule_test_is_set_aside_while_a_rule_lasts_that_sends_its_host_to_a_tunnel() throws Exception {
        String paused = """
                listeners: []
                groups: {ai: {type: select, members: []}}
                rules:
                  - {to: ai, until: 2026-11-26T18:00:00Z}
                  - {to: direct}
                rule-tests: [{host: a.example, to: direct}]
                """;
        apply(paused);
        assertThat(target()).isEqualTo("ai");
        assertThat(proxy.overview().warnings()).anyMatch(RuleTests::isAside);
        now = END;
        proxy.expire();
        assertThat(target()).isEqualTo("direct");
        assertThat(proxy.overview().warnings()).noneMatch(RuleTests::isAside);
        apply(paused);
        assertThat(proxy.overview().warnings())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).startsWith("its time is over"));
    }

    @Test
    void it_is_told_when_the_time_has_come() throws Exception {
        assertThat(told).hasValue(0);
        now = END.minusMillis(50);
        apply();
        now = END;
        Awaitility.await().untilAsserted(() -> assertThat(told.get()).isPositive());
    }
}

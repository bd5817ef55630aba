package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.ExitGuard;
import dev.fenliu.outbound.ExitRule;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.util.concurrent.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ExitsTest {
    private static final Duration EVERY = Check.EVERY;

    private final EventLoopGroup loops = Sockets.loops(1);
    private final EventLoop loop = loops.next();
    private Outbound vps = new ScriptedOutbound("vps", Transport.TCP);
    private final List<String> asked = new ArrayList<>();

    @TempDir
    private Path folder;

    private Exits exits;
    private String page = "ip=203.0.113.7\nloc=SE\n";
    private boolean down;
    private long now;
    private final Health health = new Health(() -> now);

    @BeforeEach
    void open() {
        exits = exits();
    }

    private Exits exits() {
        StateFiles state = new StateFiles(folder);
        FarEnds farEnds = new FarEnds(() -> now, InstantSource.system(), state, Runnable::run);
        return new Exits(() -> now, health, farEnds, state, Runnable::run, (outbound, check, at) -> {
            asked.add(outbound.name());
            Promise<HttpProbe.Answer> answer = at.newPromise();
            return down
                    ? answer.setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "vps.test did not answer"))
                    : answer.setSuccess(new HttpProbe.Answer(
                            Duration.ZERO, 200, EmptyHttpHeaders.INSTANCE, page, Duration.ZERO, Duration.ZERO));
        });
    }

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private ExitGuard lock(String text) {
        return exits.guard(
                "ai",
                new ExitRule(
                        Check.DEFAULT,
                        Set.of(),
                        Set.of(),
                        Optional.of(ExitRule.Lock.parse(text, "c.yaml:9:3")),
                        "c.yaml:8:3"));
    }

    private Optional<String> objection(ExitGuard guard) throws Exception {
        return loop.submit(() -> guard.objection(vps, loop)).get().get();
    }

    @Test
    void an_exit_is_asked_for_once_and_again_when_it_was_seen_a_while_ago() throws Exception {
        ExitGuard guard = lock("country");
        assertThat(objection(guard)).isEmpty();
        assertThat(objection(guard)).isEmpty();
        assertThat(asked).hasSize(1);
        now += EVERY.toNanos() / 5 * 4;
        page = "ip=203.0.113.9\nloc=DE\n";
        assertThat(objection(guard))
                .as("as it was known; asked for beside the flow")
                .isEmpty();
        assertThat(asked).hasSize(2);
        assertThat(objection(guard).orElseThrow()).contains("203.0.113.9 (DE)").contains("keeps to SE");
        page = "ip=203.0.113.7\nloc=SE\n";
        now += EVERY.toNanos();
        assertThat(objection(guard))
                .as("too long ago: the flow waits for the answer")
                .isEmpty();
    }

    @Test
    void an_exit_that_cannot_be_seen_will_not_do() throws Exception {
        down = true;
        assertThat(objection(lock("country"))).contains("its exit cannot be seen: vps.test did not answer");
        down = false;
        page = "<html>hello</html>";
        assertThat(objection(lock("country")).orElseThrow()).contains("does not say (status 200)");
        page = "ip=203.0.113.7\nloc=SE\n";
        assertThat(objection(lock("country"))).isEmpty();
    }

    @Test
    void what_was_seen_first_is_kept_to_over_a_restart_until_the_group_has_no_lock() throws Exception {
        assertThat(objection(lock("address"))).isEmpty();
        page = "ip=203.0.113.9\nloc=SE\n";
        exits = exits();
        assertThat(objection(lock("address")).orElseThrow()).contains("keeps to 203.0.113.7");
        assertThat(objection(lock("203.0.113.9"))).as("written in the config").isEmpty();
        exits.keep(List.of(), Map.of("vps", vps));
        assertThat(objection(lock("address"))).isEmpty();
    }

    @Test
    void an_exit_is_asked_for_before_the_next_flow_when_the_tunnel_has_failed_or_was_built_anew() throws Exception {
        ExitGuard guard = lock("country");
        assertThat(objection(guard)).isEmpty();
        page = "ip=203.0.113.9\nloc=DE\n";
        assertThat(objection(guard)).isEmpty();
        now++;
        health.unanswered("vps", new Reason("timeout", "vps.test did not answer"), false);
        assertThat(objection(guard).orElseThrow()).contains("203.0.113.9 (DE)").contains("(c.yaml:9:3)");
        page = "ip=203.0.113.7\nloc=SE\n";
        vps = new ScriptedOutbound("vps", Transport.TCP);
        assertThat(objection(guard)).isEmpty();
        assertThat(asked).hasSize(3);
    }

    @Test
    void what_was_seen_is_known_to_another_program_and_asks_nobody() throws Exception {
        ExitGuard guard = lock("country");
        assertThat(guard.known(vps)).isEmpty();
        objection(guard);
        page = "ip=203.0.113.9\nloc=DE\n";
        now += EVERY.toNanos();
        objection(guard);
        exits = exits();
        assertThat(lock("country").known(vps).orElseThrow()).contains("203.0.113.9 (DE)");
        assertThat(lock("DE").known(vps)).isEmpty();
        assertThat(asked).hasSize(2);
    }

    @Test
    void a_lock_keeps_to_no_exit_that_is_refused_anyway() throws Exception {
        ExitRule rule = new ExitRule(
                Check.DEFAULT,
                Set.of("DE"),
                Set.of(),
                Optional.of(ExitRule.Lock.parse("country", "c.yaml:9:3")),
                "c.yaml:8:3");
        ExitGuard guard = exits.guard("ai", rule);
        assertThat(objection(guard).orElseThrow()).contains("only DE will do (c.yaml:8:3)");
        page = "ip=203.0.113.9\nloc=DE\n";
        now += EVERY.toNanos();
        assertThat(objection(guard)).isEmpty();
    }

    @Test
    void a_tunnel_whose_exit_cannot_be_asked_for_ails() throws Exception {
        down = true;
        objection(lock("country"));
        assertThat(health.vitals("vps").ailing()).isTrue();
    }

    @Test
    void countries_that_are_wanted_need_no_lock() throws Exception {
        ExitRule rule = new ExitRule(Check.DEFAULT, Set.of("US"), Set.of(), Optional.empty(), "c.yaml:8:3");
        assertThat(objection(exits.guard("ai", rule)).orElseThrow()).contains("only US will do");
    }
}

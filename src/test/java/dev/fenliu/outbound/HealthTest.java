package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HealthTest {
    private static final Host A = Host.parse("a.test");
    private static final Host B = Host.parse("b.test");

    private final AtomicLong clock = new AtomicLong();
    private final Health health = new Health(clock::get);

    private void pass(long millis) {
        clock.addAndGet(millis * 1_000_000);
    }

    private boolean ails() {
        return health.vitals("vps").ailing();
    }

    private void fail() {
        health.attempt("vps").failed(new Failure(Failure.Kind.TUNNEL_DOWN, "refused"));
    }

    private Health.Exchange asked(Host host) {
        Health.Exchange exchange = health.exchange("vps", host);
        exchange.asked();
        return exchange;
    }

    private void works() {
        Health.Exchange exchange = asked(Host.parse("good.test"));
        exchange.answered();
        exchange.ended(true, 0, 0);
    }

    @Test
    void what_failed_rests_longer_each_time_and_is_well_when_it_works() {
        List<Long> rests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            fail();
            long seconds = 0;
            while (ails()) {
                pass(1_000);
                seconds++;
            }
            rests.add(seconds);
        }
        assertThat(rests).containsExactly(10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L);
        assertThat(health.vitals("vps").failure().map(Reason::text)).contains("refused");
        health.attempt("vps").reached();
        assertThat(health.vitals("vps").failure()).isEmpty();
        fail();
        pass(10_000);
        assertThat(ails()).isFalse();
    }

    @Test
    void many_flows_that_fail_at_once_are_one_failure() {
        for (int i = 0; i < 100; i++) {
            fail();
            pass(10);
        }
        pass(10_000);
        assertThat(ails()).isFalse();
    }

    @Test
    void the_times_are_the_medians_of_the_latest() {
        for (int millis : new int[] {900, 10, 30, 20, 40, 50}) {
            Health.Attempt attempt = health.attempt("vps");
            pass(millis);
            attempt.reached();
            Health.Exchange exchange = asked(A);
            pass(2L * millis);
            exchange.answered();
        }
        assertThat(health.vitals("vps").connect()).contains(Duration.ofMillis(30));
        assertThat(health.vitals("vps").answer()).contains(Duration.ofMillis(60));
        for (int i = 0; i < 100; i++) {
            Health.Attempt attempt = health.attempt("vps");
            pass(7);
            attempt.reached();
        }
        assertThat(health.vitals("vps").connect()).contains(Duration.ofMillis(7));
    }

    @Test
    void one_that_takes_flows_to_several_hosts_and_is_silent_is_left_after_three_seconds() {
        asked(A);
        pass(500);
        asked(B);
        pass(2_400);
        assertThat(ails()).isFalse();
        pass(100);
        assertThat(ails()).isTrue();
        assertThat(health.vitals("vps").failure().map(Reason::code)).contains("silent");
    }

    @Test
    void a_lone_silent_host_is_doubted_first_and_believed_within_five_seconds() {
        asked(A);
        pass(1_400);
        asked(A);
        assertThat(health.inDoubt("vps")).isFalse();
        pass(100);
        assertThat(health.inDoubt("vps")).isTrue();
        pass(2_900);
        assertThat(ails()).isFalse();
        pass(100);
        assertThat(ails()).isTrue();
    }

    @Test
    void to_connect_proves_nothing_of_one_that_is_silent_but_an_answer_does() {
        asked(A);
        pass(5_000);
        assertThat(ails()).isTrue();
        health.attempt("vps").reached();
        assertThat(ails()).isTrue();
        works();
        assertThat(ails()).isFalse();
    }

    @Test
    void who_waits_for_a_slow_origin_while_others_are_answered_blames_nobody() {
        asked(A);
        for (int i = 0; i < 60; i++) {
            pass(1_000);
            works();
            assertThat(ails()).isFalse();
        }
    }

    @Test
    void who_never_asks_and_who_gives_up_early_prove_nothing() {
        health.exchange("vps", A).ended(true, 0, 0);
        health.exchange("vps", A).ended(false, 0, 0);
        Health.Exchange early = asked(B);
        pass(300);
        early.ended(true, 0, 0);
        pass(60_000);
        assertThat(ails()).isFalse();
        assertThat(health.inDoubt("vps")).isFalse();
    }

    @Test
    void one_that_cuts_off_flows_to_several_hosts_is_left_at_once() {
        asked(A).ended(false, 0, 0);
        pass(10);
        asked(A).ended(false, 0, 0);
        pass(10);
        assertThat(ails()).isFalse();
        assertThat(health.inDoubt("vps")).isTrue();
        asked(B).ended(false, 0, 0);
        assertThat(ails()).isTrue();
        assertThat(health.vitals("vps").failure().map(Reason::code)).contains("cut-off");
    }

    @Test
    void a_silence_that_nobody_looked_at_began_when_it_began() {
        asked(A);
        pass(60_000);
        assertThat(ails()).isFalse();
        assertThat(health.vitals("vps").failure()).isPresent();
    }

    @Test
    void very_many_flows_that_wait_are_bounded() {
        for (int i = 0; i < 100_000; i++) {
            asked(A);
        }
        pass(4_500);
        assertThat(ails()).isTrue();
    }

    @Test
    void a_check_clears_doubts_and_its_fault_is_its_own() {
        asked(A);
        pass(2_000);
        health.answered("vps", Check.DEFAULT, Duration.ofMillis(80), Optional.of("answers 403"));
        pass(60_000);
        assertThat(ails()).isFalse();
        assertThat(health.fault("vps", Check.DEFAULT)).contains("answers 403");
        assertThat(health.delay("vps", Check.DEFAULT)).contains(Duration.ofMillis(80));
        Check other = new Check(Check.DEFAULT.url(), Check.EVERY, Duration.ofSeconds(1), Check.DEFAULT.expect());
        assertThat(health.fault("vps", other)).isEmpty();
        health.keep(Set.of("vps"), Set.of(other));
        assertThat(health.fault("vps", Check.DEFAULT)).isEmpty();
    }

    @Test
    void a_check_without_an_answer_is_a_failure() {
        health.unanswered("vps", new Reason("timeout", "no answer in 5000 ms"), true);
        assertThat(ails()).isTrue();
        health.attempt("vps").reached();
        assertThat(ails()).isTrue();
    }

    @Test
    void one_that_was_beaten_has_failed_unless_it_waits_for_the_origin() {
        Health.Attempt waits = health.attempt("vps");
        waits.reached();
        waits.beaten();
        assertThat(ails()).isFalse();
        health.attempt("vps").beaten();
        assertThat(ails()).isTrue();
    }

    @Test
    void statuses_are_numbers_and_ranges() {
        assertThat(Check.Statuses.parse("200-204").contains(204)).isTrue();
        assertThat(Check.Statuses.parse("204").contains(200)).isFalse();
        assertThat(Check.DEFAULT.fault(204, "")).isEmpty();
        assertThat(Check.DEFAULT.fault(403, "")).contains("www.gstatic.com answers 403 (expected: 200-204)");
    }
}

package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class VigilTest {
    private static final Set<String> VPS = Set.of("vps");

    private final Vigil vigil = new Vigil();

    private void look(int second, long flows, long failures, Set<String> working, Set<String> failing) {
        vigil.add(new Vigil.Sample(at(second), flows, failures, working, failing));
    }

    private void look(int second, long flows, long failures) {
        look(second, flows, failures, VPS, Set.of());
    }

    private static long at(int second) {
        return TimeUnit.SECONDS.toNanos(second);
    }

    @Test
    void flows_that_fail_where_they_did_not_are_worse() {
        look(0, 0, 0);
        look(100, 200, 2);
        look(110, 208, 8); // too few to tell
        assertThat(vigil.worse(at(100))).isEmpty();
        look(120, 212, 9);
        assertThat(vigil.worse(at(100))).contains("7 of 12 flows failed since, 2 of 200 before");
    }

    @Test
    void few_flows_and_few_failures_tell_nothing() {
        look(0, 0, 0);
        look(10, 9, 9);
        assertThat(vigil.worse(at(5))).isEmpty();
        look(15, 100, 4);
        assertThat(vigil.worse(at(12))).isEmpty();
    }

    @Test
    void what_failed_before_may_fail_on() {
        look(0, 0, 0);
        look(100, 100, 40);
        look(110, 120, 50); // 50 % after 40 %
        assertThat(vigil.worse(at(100))).isEmpty();
        look(120, 140, 68); // 70 %: not twice as bad
        assertThat(vigil.worse(at(100))).isEmpty();
    }

    @Test
    void no_tunnel_that_works_three_times_in_a_row_is_worse() {
        look(0, 0, 0);
        look(10, 0, 0, Set.of(), VPS);
        look(15, 0, 0, Set.of(), VPS);
        assertThat(vigil.worse(at(5))).isEmpty();
        look(20, 0, 0, Set.of(), VPS);
        assertThat(vigil.worse(at(5))).contains("no tunnel works any more; before, vps did");
    }

    @Test
    void tunnels_that_flap_that_were_down_before_or_of_which_one_works_are_not() {
        look(0, 0, 0);
        look(10, 0, 0, Set.of(), VPS);
        look(15, 0, 0);
        look(20, 0, 0, Set.of(), VPS);
        look(25, 0, 0, Set.of("spare"), VPS);
        assertThat(vigil.worse(at(5))).isEmpty();
        look(30, 0, 0, Set.of(), VPS);
        look(40, 0, 0, Set.of(), VPS);
        look(50, 0, 0, Set.of(), VPS);
        look(60, 0, 0, Set.of(), VPS);
        assertThat(vigil.worse(at(35))).isEmpty();
    }

    @Test
    void nothing_is_known_of_before_when_the_program_has_just_started() {
        look(10, 100, 100, Set.of(), VPS);
        assertThat(vigil.worse(at(5))).isEmpty();
        assertThat(vigil.isOver(at(5))).isFalse();
        look(66, 100, 100);
        assertThat(vigil.isOver(at(5))).isTrue();
    }

    @Test
    void what_is_older_than_five_minutes_before_counts_no_more() {
        look(0, 0, 0);
        look(10, 1_000, 1_000);
        look(1_000, 1_000, 1_000);
        look(1_010, 1_020, 1_010);
        assertThat(vigil.worse(at(1_000))).contains("10 of 20 flows failed since, 0 of 0 before");
    }
}

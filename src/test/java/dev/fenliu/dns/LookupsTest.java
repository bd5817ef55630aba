package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LookupsTest {
    private static final Query QUERY = Replies.query("www.example.test", Query.A);
    private static final String A = "www.example.test. 60 IN A 10.0.0.1";
    private static final String NEWER = "www.example.test. 60 IN A 10.0.0.2";

    private final StillLoop time = new StillLoop();
    private final FakeExchanger upstream = new FakeExchanger(time.loop());
    private long now = 1_000_000;
    private final AnswerCache cache = new AnswerCache(() -> now);
    private final Lookups lookups = lookups("up", upstream);

    private Lookups lookups(String name, Exchanger exchanger) {
        Server server = new Server(
                name,
                exchanger,
                new Server.Traits(false, false, Edns.PLAIN),
                time.loop(),
                () -> now,
                new RebindingGuard(Set.of("test")));
        CacheOptions options = new CacheOptions(1 << 20, Duration.ofHours(1), Duration.ofHours(24), true);
        return new Lookups(new ServerGroup("", List.of(server), time.loop()), cache, options, time.loop());
    }

    private Future<Answer> ask(Query query) {
        Future<Answer> answer = lookups.ask(query, time.loop());
        time.run();
        return answer;
    }

    private Future<Answer> ask() {
        return ask(QUERY);
    }

    private void passSeconds(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }

    private static void assertAddress(Future<Answer> answer, String address) {
        assertThat(answer.isSuccess()).isTrue();
        assertThat(answer.getNow().addresses()).hasToString("[/" + address + "]");
    }

    @Test
    void an_answer_is_kept_for_its_ttl() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(59);
        assertAddress(ask(), "10.0.0.1");
        assertThat(upstream.asked).hasSize(1);
    }

    @Test
    void an_expired_answer_is_given_at_once_while_a_new_one_is_fetched() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(61);
        assertAddress(ask(), "10.0.0.1");
        assertAddress(ask(), "10.0.0.1");
        assertThat(upstream.asked).as("one refresh").hasSize(2);
        upstream.last().answer(0, NEWER);
        assertAddress(ask(), "10.0.0.2");
    }

    @Test
    void a_popular_answer_is_fetched_anew_before_it_expires_once() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(53);
        assertAddress(ask(), "10.0.0.1");
        assertAddress(ask(), "10.0.0.1");
        assertThat(upstream.asked).as("more than a tenth of its life is left").hasSize(1);
        passSeconds(1);
        for (int i = 0; i < 5; i++) {
            assertAddress(ask(), "10.0.0.1");
        }
        assertThat(upstream.asked).hasSize(2);
        upstream.last().answer(0, NEWER);
        passSeconds(54);
        assertAddress(ask(), "10.0.0.2");
        assertThat(upstream.asked)
                .as("the new answer has to become popular itself")
                .hasSize(2);
    }

    @Test
    void an_answer_used_once_expires_in_peace() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(59);
        ask();
        assertThat(upstream.asked).hasSize(1);
    }

    @Test
    void uses_of_an_expired_answer_do_not_make_the_next_one_popular() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(61);
        ask();
        ask();
        ask();
        upstream.last().answer(0, NEWER);
        passSeconds(59);
        assertAddress(ask(), "10.0.0.2");
        assertThat(upstream.asked).hasSize(2);
    }

    @Test
    void who_comes_while_a_popular_answer_is_fetched_early_waits_for_that() {
        ask();
        upstream.last().answer(0, A.replace("60", "4000"));
        passSeconds(3999);
        ask();
        ask();
        passSeconds(2 * 3600);
        Future<Answer> late = ask();
        assertThat(late.isDone()).isFalse();
        assertThat(upstream.asked).hasSize(2);
        upstream.last().answer(0, NEWER);
        assertAddress(late, "10.0.0.2");
    }

    @Test
    void an_early_fetch_that_fails_costs_nobody_the_answer() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(59);
        ask();
        ask();
        upstream.last().fail("down");
        assertAddress(ask(), "10.0.0.1");
        passSeconds(2);
        assertAddress(ask(), "10.0.0.1");
        assertThat(upstream.asked).hasSize(3);
    }

    @Test
    void twenty_answers_a_second_are_fetched_early_by_all_groups_together() {
        FakeExchanger second = new FakeExchanger(time.loop());
        Lookups other = lookups("other", second);
        List<Query> queries = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String name = "n" + i + ".example.test";
            Query query = Replies.query(name, Query.A);
            queries.add(query);
            ask(query);
            upstream.last().answer(0, name + ". 60 IN A 10.0.0.1");
            other.ask(query, time.loop());
            time.run();
            second.last().answer(0, name + ". 60 IN A 10.0.0.1");
        }
        passSeconds(55);
        for (int expected = 60; expected <= 100; expected += 20) {
            queries.forEach(this::ask);
            queries.forEach(query -> other.ask(query, time.loop()));
            time.run();
            assertThat(upstream.asked.size() + second.asked.size()).isEqualTo(expected);
            passSeconds(1);
        }
    }

    @Test
    void an_answer_older_than_an_hour_waits_for_a_new_one() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(3700);
        Future<Answer> answer = ask();
        assertThat(answer.isDone()).isFalse();
        upstream.last().answer(0, NEWER);
        assertAddress(answer, "10.0.0.2");
    }

    @Test
    void an_answer_of_hours_ago_is_better_than_a_failure() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(20 * 3600);
        Future<Answer> answer = ask();
        upstream.last().fail("down");
        assertAddress(answer, "10.0.0.1");
        assertAddress(ask(), "10.0.0.1");
        assertThat(upstream.asked).as("the failure is remembered").hasSize(2);
    }

    @Test
    void an_answer_of_hours_ago_is_better_than_a_long_wait() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(2 * 3600);
        Future<Answer> answer = ask();
        time.pass(399);
        assertThat(answer.isDone()).isFalse();
        time.pass(1);
        assertAddress(answer, "10.0.0.1");
        upstream.last().answer(0, NEWER);
        assertAddress(ask(), "10.0.0.2");
    }

    @Test
    void an_answer_of_days_ago_is_forgotten() {
        ask();
        upstream.last().answer(0, A);
        passSeconds(25 * 3600);
        Future<Answer> answer = ask();
        upstream.last().fail("down");
        assertThat(answer.cause()).isInstanceOf(Failure.class);
    }

    @Test
    void an_answer_of_ttl_zero_is_shared_by_who_waits_and_never_kept() {
        Future<Answer> first = ask();
        Future<Answer> second = ask();
        upstream.last().answer(0, A.replace("60", "0"));
        assertAddress(first, "10.0.0.1");
        assertAddress(second, "10.0.0.1");
        assertThat(upstream.asked).hasSize(1);
        ask();
        assertThat(upstream.asked).hasSize(2);
    }

    @Test
    void a_challenge_is_never_stale() {
        Query challenge = Replies.query("_acme-challenge.example.test", 16);
        ask(challenge);
        upstream.last().answer(0, "_acme-challenge.example.test. 60 IN TXT old");
        passSeconds(61);
        assertThat(ask(challenge).isDone()).isFalse();
    }

    @Test
    void however_many_ask_the_upstream_is_asked_once() {
        List<Future<Answer>> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            all.add(lookups.ask(QUERY, time.loop()));
        }
        time.run();
        upstream.last().answer(0, A);
        assertThat(upstream.asked).hasSize(1);
        assertThat(all).allMatch(Future::isSuccess);
    }

    @Test
    void a_failure_is_shared_and_remembered_longer_each_time() {
        Future<Answer> first = ask();
        Future<Answer> second = ask();
        upstream.last().fail("down");
        assertThat(first.cause()).isSameAs(second.cause()).isInstanceOf(Failure.class);
        int pause = 1;
        for (int asked = 1; asked < 9; asked++) {
            assertThat(ask().cause()).isInstanceOf(Failure.class);
            passSeconds(pause - 1);
            assertThat(ask().cause()).isInstanceOf(Failure.class);
            assertThat(upstream.asked).hasSize(asked);
            passSeconds(1);
            ask();
            assertThat(upstream.asked).hasSize(asked + 1);
            upstream.last().fail("down");
            pause = Math.min(30, 2 * pause);
        }
    }

    @Test
    void a_missing_name_is_kept_too() {
        ask();
        upstream.last().answer(3, "!example.test. 900 IN SOA ns.example.test. me.example.test. 1 2 3 4 60");
        assertThat(ask().getNow().rcode()).isEqualTo(Query.NXDOMAIN);
        assertThat(upstream.asked).hasSize(1);
    }

    @Test
    void an_expired_word_that_a_name_is_missing_is_given_only_when_no_better_comes() {
        String soa = "!example.test. 900 IN SOA ns.example.test. me.example.test. 1 2 3 4 60";
        ask();
        upstream.last().answer(3, soa);
        passSeconds(61);
        Future<Answer> answer = ask();
        assertThat(answer.isDone()).isFalse();
        upstream.last().answer(0, A);
        assertAddress(answer, "10.0.0.1");

        passSeconds(61);
        ask();
        upstream.last().answer(3, soa);
        passSeconds(61);
        answer = ask();
        upstream.last().fail("down");
        assertThat(answer.getNow().rcode()).isEqualTo(Query.NXDOMAIN);
    }

    @Test
    void waiters_beyond_a_thousand_are_turned_away() {
        for (int i = 0; i < 1000; i++) {
            lookups.ask(QUERY, time.loop());
        }
        assertThat(Failure.of(ask().cause()).text()).contains("too many");
        upstream.last().answer(0, A);
        assertAddress(ask(), "10.0.0.1");
    }

    @Test
    void names_beyond_four_thousand_at_once_are_turned_away() {
        for (int i = 0; i < 4096; i++) {
            lookups.ask(Replies.query("n" + i + ".example.test", Query.A), time.loop());
        }
        assertThat(Failure.of(ask().cause()).text()).contains("too many");
    }

    @Test
    void groups_do_not_see_each_others_answers() {
        ask();
        upstream.last().answer(0, A);
        FakeExchanger other = new FakeExchanger(time.loop());
        Lookups elsewhere = lookups("other", other);
        elsewhere.ask(QUERY, time.loop());
        time.run();
        assertThat(other.asked).hasSize(1);
    }

    @Test
    void the_same_upstreams_keep_their_answers_over_a_reload() {
        ask();
        upstream.last().answer(0, A);
        Lookups next = lookups("up", new FakeExchanger(time.loop()));
        assertAddress(next.ask(QUERY, time.loop()), "10.0.0.1");
    }

    @Test
    void what_closing_ends_is_not_held_against_the_upstreams() {
        Future<Answer> answer = ask();
        lookups.close();
        upstream.last().fail("closed");
        assertThat(answer.cause()).isInstanceOf(Failure.class);
        FakeExchanger other = new FakeExchanger(time.loop());
        lookups("up", other).ask(QUERY, time.loop());
        assertThat(other.asked).hasSize(1);
    }

    @Test
    void queries_that_differ_in_their_dnssec_bits_are_kept_apart() {
        ask();
        upstream.last().answer(0, A);
        ask(new Query(QUERY.name(), 1, 1, true, false));
        ask(new Query(QUERY.name(), 1, 1, false, true));
        assertThat(upstream.asked).hasSize(3);
    }

    @Test
    void the_cache_keeps_to_its_size_and_forgets_when_told() {
        cache.resize(1000);
        for (int i = 0; i < 50; i++) {
            ask(Replies.query("n" + i + ".example.test", Query.A));
            upstream.last().answer(0, "n" + i + ".example.test. 60 IN A 10.0.0.1");
        }
        assertThat(cache.size()).isBetween(1L, 4L);
        cache.clear();
        assertThat(cache.size()).isZero();
    }

    @Test
    void plain_answers_about_names_that_are_no_longer_plain_are_forgotten() {
        Query other = Replies.query("other.example.test", Query.A);
        for (String way : List.of("up", AnswerCache.THROUGH + "far: up", AnswerCache.BOOTSTRAP + "up")) {
            for (Query query : List.of(QUERY, other)) {
                lookups(way, upstream).ask(query, time.loop());
                time.run();
                upstream.last().answer(0, query.host() + ". 60 IN A 10.0.0.1");
            }
        }
        assertThat(cache.size()).isEqualTo(6);
        cache.forgetPlain(name -> name.value().startsWith("other"));
        assertThat(cache.size()).isEqualTo(5);
        assertThat(cache.get("up", QUERY)).isNull();
        assertThat(cache.get("up", other)).isNotNull();
    }
}

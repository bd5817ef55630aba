package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServerGroupTest {
    private static final Query QUERY = Replies.query("www.example.test", Query.A);
    private static final String A = "www.example.test. 60 IN A 10.0.0.1";

    private final StillLoop time = new StillLoop();
    private final List<FakeExchanger> upstreams = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();

    private FakeExchanger upstream(boolean lastResort, boolean local) {
        FakeExchanger exchanger = new FakeExchanger(time.loop());
        String name = "up" + upstreams.size();
        upstreams.add(exchanger);
        servers.add(new Server(
                name,
                exchanger,
                new Server.Traits(lastResort, local, Edns.PLAIN),
                time.loop(),
                time::nanos,
                new RebindingGuard(Set.of("test"))));
        return exchanger;
    }

    private ServerGroup group() {
        return new ServerGroup("", servers, time.loop());
    }

    @Test
    void a_quick_upstream_is_asked_alone() throws Exception {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        Future<Answer> answer = group().fetch(QUERY, false);
        time.pass(149);
        first.last().answer(0, A);
        time.pass(5000);
        assertThat(answer.getNow().addresses()).hasSize(1);
        assertThat(second.asked).isEmpty();
    }

    @Test
    void a_slow_upstream_gets_company_and_the_first_answer_wins() throws Exception {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        FakeExchanger third = upstream(false, false);
        Future<Answer> answer = group().fetch(QUERY, false);
        time.pass(150);
        assertThat(second.asked).hasSize(1);
        time.pass(1500);
        assertThat(third.asked).as("never three at a time").isEmpty();
        second.last().answer(3);
        assertThat(answer.getNow().rcode()).isEqualTo(Query.NXDOMAIN);
        first.last().answer(0, A);
        assertThat(answer.getNow().rcode()).isEqualTo(Query.NXDOMAIN);
    }

    @Test
    void a_failure_sends_the_query_to_the_next_at_once() throws Exception {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        FakeExchanger third = upstream(true, true);
        Future<Answer> answer = group().fetch(QUERY, false);
        first.last().answer(2);
        second.last().fail("no answer in 2000 ms");
        third.last().answer(0, A);
        assertThat(answer.getNow().addresses()).hasSize(1);
    }

    @Test
    void the_failure_of_all_says_what_each_did() {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        Future<Answer> answer = group().fetch(QUERY, false);
        first.last().answer(2);
        second.last().fail("no answer in 2000 ms");
        Failure failure = (Failure) answer.cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
        assertThat(failure.text())
                .isEqualTo(
                        "www.example.test could not be looked up: up0: answered SERVFAIL; up1: no answer in 2000 ms");
    }

    @Test
    void a_timeout_is_told_only_when_every_upstream_was_late() {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        ServerGroup group = group();
        Future<Answer> answer = group.fetch(QUERY, false);
        first.last().promise().setFailure(Exchanger.late(2000));
        second.last().promise().setFailure(new Failure(Failure.Kind.TIMEOUT, "192.0.2.1:53: no answer in time"));
        assertThat(Failure.of(answer.cause()).kind()).isEqualTo(Failure.Kind.RESOLVER_TIMEOUT);
        answer = group.fetch(QUERY, false);
        first.last().promise().setFailure(Exchanger.late(2000));
        second.last().promise().setFailure(new Failure(Failure.Kind.TUNNEL_CERTIFICATE, "certificate of up1: no"));
        Failure failure = Failure.of(answer.cause());
        assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
        assertThat(failure.text()).contains("up0: no answer in 2000 ms; up1: certificate of up1: no");
    }

    @Test
    void one_query_that_an_upstream_dislikes_does_not_cost_the_others_their_edns() {
        FakeExchanger only = upstream(false, false);
        ServerGroup group = group();
        Future<Answer> answer = group.fetch(QUERY, false);
        only.last().answer(1);
        only.last().answer(1);
        assertThat(Failure.of(answer.cause()).text()).contains("FORMERR");
        group.fetch(QUERY, false);
        assertThat(only.last().edns().spoken()).isTrue();
    }

    @Test
    void an_upstream_that_does_not_know_edns_has_no_more_time_than_others() {
        FakeExchanger only = upstream(false, false);
        group().fetch(QUERY, false);
        time.pass(1500);
        only.last().answer(1);
        assertThat(only.last().millis()).isEqualTo(500);
    }

    @Test
    void an_answer_that_does_not_parse_counts_as_a_failure() throws Exception {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        Future<Answer> answer = group().fetch(QUERY, false);
        first.last().answer(0, "www.example.test. 60 IN CNAME www.example.test.");
        second.last().answer(0, A);
        assertThat(answer.getNow().addresses()).hasSize(1);
    }

    @Test
    void the_last_resort_is_not_asked_because_others_are_slow() {
        upstream(false, false);
        FakeExchanger system = upstream(true, true);
        group().fetch(QUERY, false);
        time.pass(1999);
        assertThat(system.asked).isEmpty();
        upstreams.get(0).last().fail("no answer");
        assertThat(system.asked).hasSize(1);
    }

    @Test
    void no_more_is_asked_once_the_budget_is_spent() {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(true, false);
        FakeExchanger third = upstream(true, false);
        Future<Answer> answer = group().fetch(QUERY, false);
        time.pass(1900);
        first.last().fail("late");
        assertThat(second.last().millis()).isEqualTo(2000);
        time.pass(1900);
        second.last().fail("late");
        assertThat(third.last().millis()).isEqualTo(200);
        time.pass(200);
        third.last().fail("late");
        assertThat(answer.cause()).isInstanceOf(Failure.class);
    }

    @Test
    void the_faster_upstream_is_preferred_once_both_are_known() {
        FakeExchanger slow = upstream(false, false);
        FakeExchanger fast = upstream(false, false);
        ServerGroup group = group();
        group.fetch(QUERY, false);
        time.pass(150);
        time.pass(20);
        fast.last().answer(0, A);
        time.pass(200);
        slow.last().answer(0, A);
        group.fetch(QUERY, false);
        assertThat(fast.asked).hasSize(2);
        assertThat(slow.asked).hasSize(1);
    }

    @Test
    void an_upstream_that_failed_rests_longer_each_time() {
        FakeExchanger first = upstream(false, false);
        FakeExchanger second = upstream(false, false);
        ServerGroup group = group();
        group.fetch(QUERY, false);
        first.last().fail("down");
        second.last().answer(0, A);
        group.fetch(QUERY, false);
        assertThat(first.asked).hasSize(1);
        second.last().fail("down too");
        assertThat(first.asked).as("better than nothing").hasSize(2);
        first.last().fail("still down");
        time.pass(1500);
        group.fetch(QUERY, false);
        assertThat(second.asked).as("the first rests for two seconds now").hasSize(3);
    }

    @Test
    void an_upstream_that_does_not_know_edns_is_asked_without() {
        FakeExchanger only = upstream(false, false);
        ServerGroup group = group();
        Future<Answer> answer = group.fetch(QUERY, false);
        assertThat(only.last().edns().spoken()).isTrue();
        only.last().answer(1);
        assertThat(only.last().edns().spoken()).isFalse();
        only.last().answer(0, A);
        assertThat(answer.isSuccess()).isTrue();
        group.fetch(QUERY, false);
        assertThat(only.last().edns().spoken()).isFalse();
    }

    @Test
    void names_of_this_network_are_asked_of_local_upstreams_only() {
        FakeExchanger everywhere = upstream(false, false);
        FakeExchanger router = upstream(true, true);
        group().fetch(Replies.query("nas.lan", Query.A), true);
        assertThat(everywhere.asked).isEmpty();
        assertThat(router.asked).hasSize(1);
    }

    @Test
    void without_an_upstream_to_ask_it_fails_at_once() {
        upstream(false, false);
        Future<Answer> answer = group().fetch(Replies.query("nas.lan", Query.A), true);
        assertThat(Failure.of(answer.cause()).text()).contains("nas.lan").contains("no resolver to ask");
    }

    @Test
    void closing_closes_every_transport() {
        upstream(false, false);
        upstream(true, true);
        group().close();
        assertThat(upstreams).allMatch(upstream -> upstream.closed);
    }
}

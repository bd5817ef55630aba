package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Resolver;
import dev.fenliu.outbound.Choice;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacketSessionTest {
    private static final String RULES = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rules:
              - {domain-suffix: openai.test, to: far}
              - {domain: ads.test, to: block}
              - {ip-cidr: 10.0.0.0/8, resolve: true, domain-suffix: slow.test, to: block}
              - {to: direct}
            """;
    private static final String ALL_FAR = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rules: [{to: far}]
            """;

    private final ScriptedOutbound far = new ScriptedOutbound("far");
    private final ScriptedOutbound direct = new ScriptedOutbound("direct");
    private final RecordedEvents events = new RecordedEvents();
    private final Map<String, Promise<List<InetAddress>>> lookUps = new HashMap<>();
    private final Engine engine = new Engine(generation(1, RULES, far), events, () -> 0);
    private final RecordedPackets client = new RecordedPackets(engine);
    private final EmbeddedChannel home = client.home;
    private final List<String> received = client.received;
    private final List<Failure> refusals = client.refusals;
    private final PacketFlow flow = client.flow;

    @AfterEach
    void everything_that_was_opened_is_closed_once() {
        flow.close();
        flow.close();
        home.close();
        events.assertBalanced();
        assertThat(engine.running()).isZero();
    }

    private Generation generation(long number, String rules, ScriptedOutbound tunnel) {
        Resolver slow = (name, loop) -> lookUps.computeIfAbsent(name.value(), n -> loop.newPromise());
        return Built.generation(number, rules, Map.of("far", tunnel, "direct", direct), slow, slow);
    }

    private void sends(String to, String text) {
        flow.receive(Destination.parse(to), Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    @Test
    void datagrams_wait_for_their_tunnel_and_arrive_in_order() {
        sends("a.openai.test:443", "one");
        sends("a.openai.test:443", "two");
        ScriptedOutbound.Tunnel tunnel = far.open(0);
        sends("a.openai.test:443", "three");
        assertThat(tunnel.sent)
                .containsExactly("a.openai.test:443 one", "a.openai.test:443 two", "a.openai.test:443 three");
        tunnel.sink.receive(Destination.parse("203.0.113.9:1"), Unpooled.copiedBuffer("back", StandardCharsets.UTF_8));
        assertThat(received).containsExactly("203.0.113.9:1 back");
        assertThat(direct.dials).isEmpty();
        flow.close();
        assertThat(tunnel.closed).isPositive();
        FlowView outcome = events.outcome();
        assertThat(outcome.up()).isEqualTo(11);
        assertThat(outcome.down()).isEqualTo(4);
        assertThat(outcome.ending()).isEqualTo("ok");
        assertThat(outcome.place()).isEqualTo("test.yaml:3");
    }

    @Test
    void one_way_of_an_association_is_seen_and_ended_and_the_other_goes_on() {
        sends("a.openai.test:443", "one");
        sends("www.plain.test:53", "two");
        far.open(0);
        ScriptedOutbound.Tunnel plain = direct.open(0);
        assertThat(engine.flows()).extracting(FlowView::outbound).containsExactlyInAnyOrder("far", "direct");
        FlowView seen = engine.flows().stream()
                .filter(view -> view.outbound().equals("direct"))
                .findFirst()
                .orElseThrow();
        assertThat(seen.state()).isEqualTo(FlowView.State.OPEN);
        assertThat(seen.up()).isEqualTo(3);
        assertThat(engine.end(view -> view.flow().id() == seen.flow().id())).isEqualTo(1);
        home.runPendingTasks();
        assertThat(plain.closed).isPositive();
        assertThat(events.outcome().end()).contains(FlowView.End.of(Closing.WANTED));
        assertThat(engine.flows()).extracting(FlowView::outbound).containsExactly("far");
        sends("www.plain.test:53", "again");
        assertThat(direct.dials).as("a new flow").hasSize(2);
    }

    @Test
    void every_destination_is_routed_once_and_those_of_one_outbound_share_a_socket() {
        sends("a.openai.test:443", "1");
        sends("b.openai.test:443", "2");
        sends("www.plain.test:53", "3");
        sends("a.openai.test:443", "4");
        assertThat(far.dials).hasSize(1);
        assertThat(direct.dials).hasSize(1);
        assertThat(far.open(0).sent)
                .containsExactly("a.openai.test:443 1", "b.openai.test:443 2", "a.openai.test:443 4");
        assertThat(direct.open(0).sent).containsExactly("www.plain.test:53 3");
    }

    @Test
    void only_so_many_datagrams_wait_for_a_tunnel() {
        IntStream.range(0, 100).forEach(i -> sends("a.openai.test:443", "" + i));
        assertThat(far.open(0).sent).hasSize(16);
    }

    @Test
    void only_so_many_datagrams_wait_for_a_decision_whatever_their_destinations() {
        IntStream.range(0, 300).forEach(i -> sends(i % 30 + ".slow.test:443", "" + i));
        assertThat(direct.dials).isEmpty();
        List.copyOf(lookUps.values()).forEach(answer -> answer.setSuccess(List.of(InetAddress.getLoopbackAddress())));
        assertThat(direct.open(0).sent).hasSizeLessThanOrEqualTo(64).isNotEmpty();
        sends("1.slow.test:443", "after");
        assertThat(direct.tunnels.get(0).sent).endsWith("1.slow.test:443 after");
    }

    @Test
    void many_destinations_do_not_grow_without_bound() {
        IntStream.range(0, 3000).forEach(i -> sends("h" + i + ".openai.test:443", "x"));
        far.open(0);
        sends("h1.openai.test:443", "again");
        assertThat(far.tunnels.get(0).sent).endsWith("h1.openai.test:443 again");
        assertThat(far.dials).hasSize(1);
    }

    @Test
    void a_blocked_destination_ends_an_association_that_carries_nothing_else() {
        sends("ads.test:443", "x");
        assertThat(refusals).extracting(Failure::kind).containsExactly(Failure.Kind.BLOCKED);
        assertThat(events.outcome().ending()).contains("test.yaml:4");
    }

    @Test
    void a_blocked_destination_is_dropped_where_others_are_served() {
        sends("a.openai.test:443", "1");
        sends("ads.test:443", "x");
        sends("ads.test:443", "x");
        assertThat(refusals).isEmpty();
        assertThat(far.open(0).sent).containsExactly("a.openai.test:443 1");
        assertThat(events.ends()).hasSize(1);
    }

    @Test
    void a_blocked_destination_does_not_end_what_others_still_wait_for() {
        sends("a.slow.test:443", "1");
        sends("ads.test:443", "x");
        assertThat(refusals).isEmpty();
        lookUps.get("a.slow.test").setSuccess(List.of(InetAddress.getLoopbackAddress()));
        assertThat(direct.open(0).sent).containsExactly("a.slow.test:443 1");
    }

    @Test
    void each_datagram_that_is_refused_is_told_of() {
        sends("a.openai.test:443", "0");
        far.open(0);
        sends("ads.test:443", "1");
        sends("ads.test:443", "2");
        sends("a.openai.test:25", "3");
        assertThat(client.unreachable).containsExactly("ads.test:443", "ads.test:443", "a.openai.test:25");
    }

    @Test
    void what_waits_for_a_decision_or_a_tunnel_is_told_of_once_for_each_destination() {
        sends("a.slow.test:443", "1");
        sends("a.slow.test:443", "2");
        assertThat(client.unreachable).isEmpty();
        lookUps.get("a.slow.test").setSuccess(List.of(Addresses.parse("10.0.0.1")));
        assertThat(client.unreachable).containsExactly("a.slow.test:443");
        RecordedPackets other = new RecordedPackets(engine);
        other.flow.receive(Destination.parse("a.openai.test:443"), Unpooled.EMPTY_BUFFER);
        other.flow.receive(Destination.parse("b.openai.test:443"), Unpooled.EMPTY_BUFFER);
        far.associations.get(0).setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "down"));
        assertThat(other.unreachable).containsExactly("a.openai.test:443", "b.openai.test:443");
        other.home.close();
    }

    @Test
    void a_forbidden_destination_is_never_dialled() {
        sends("a.openai.test:25", "x");
        assertThat(refusals).extracting(Failure::kind).containsExactly(Failure.Kind.FORBIDDEN);
        assertThat(far.dials).isEmpty();
    }

    @Test
    void an_outbound_without_udp_refuses_at_once() {
        ScriptedOutbound streams = new ScriptedOutbound("far", Transport.TCP);
        engine.swap(generation(2, RULES, streams));
        home.runPendingTasks();
        sends("a.openai.test:443", "x");
        assertThat(refusals).extracting(Failure::kind).containsExactly(Failure.Kind.UNSUPPORTED);
        assertThat(client.unreachable).containsExactly("a.openai.test:443");
        assertThat(streams.dials).isEmpty();
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_tunnel_that_cannot_be_opened_is_tried_again_for_the_next_datagram_if_others_are_served() {
        sends("www.plain.test:53", "0");
        direct.open(0);
        sends("a.openai.test:443", "1");
        far.associations.get(0).setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "down"));
        assertThat(refusals).isEmpty();
        sends("a.openai.test:443", "2");
        assertThat(far.open(1).sent).containsExactly("a.openai.test:443 2");
    }

    @Test
    void a_tunnel_that_fails_before_anybody_waits_is_tried_again_too() {
        sends("www.plain.test:53", "0");
        direct.open(0);
        far.failing = new Failure(Failure.Kind.TUNNEL_DOWN, "down");
        sends("a.openai.test:443", "1");
        far.failing = null;
        sends("a.openai.test:443", "2");
        assertThat(far.open(0).sent).containsExactly("a.openai.test:443 2");
    }

    @Test
    void a_tunnel_that_ends_by_itself_is_replaced() {
        sends("a.openai.test:443", "1");
        far.open(0).sink.closed(new Failure(Failure.Kind.TUNNEL_DOWN, "the server went"));
        assertThat(events.outcome().ending()).isEqualTo("the server went");
        sends("a.openai.test:443", "2");
        assertThat(far.open(1).sent).containsExactly("a.openai.test:443 2");
    }

    @Test
    void the_path_names_the_group_and_the_member_that_carries_the_datagrams() {
        Group group = new Group(
                "far",
                List.of(new ScriptedOutbound("tcp", Transport.TCP), far),
                Choice.fallback(),
                new Health(() -> 0));
        engine.swap(Built.generation(2, ALL_FAR, Map.of("far", group)));
        home.runPendingTasks();
        sends("a.openai.test:443", "1");
        assertThat(far.open(0).sent).containsExactly("a.openai.test:443 1");
        flow.close();
        assertThat(events.connected).containsExactly("far/far");
        assertThat(events.outcome().way()).isEqualTo("far/far");
        assertThat(far.tunnels.get(0).closed).isEqualTo(1);
    }

    @Test
    void a_tunnel_that_opens_after_the_association_ended_is_closed() {
        sends("a.openai.test:443", "1");
        flow.close();
        assertThat(far.open(0).closed).isEqualTo(1);
        assertThat(far.tunnels.get(0).sent).isEmpty();
    }

    @Test
    void datagrams_that_arrive_after_the_end_are_dropped() {
        sends("a.openai.test:443", "1");
        ScriptedOutbound.Tunnel tunnel = far.open(0);
        flow.close();
        sends("a.openai.test:443", "2");
        tunnel.sink.receive(Destination.parse("203.0.113.9:1"), Unpooled.copiedBuffer("late", StandardCharsets.UTF_8));
        assertThat(tunnel.sent).hasSize(1);
        assertThat(received).isEmpty();
    }

    @Test
    void two_minutes_of_silence_close_a_tunnel_and_the_next_datagram_opens_another() {
        sends("a.openai.test:443", "1");
        ScriptedOutbound.Tunnel tunnel = far.open(0);
        waits(119);
        sends("a.openai.test:443", "2");
        waits(119);
        assertThat(tunnel.closed).isZero();
        waits(125);
        assertThat(tunnel.closed).isEqualTo(1);
        assertThat(events.outcome().ending()).isEqualTo("ok");
        assertThat(refusals).isEmpty();
        sends("a.openai.test:443", "3");
        assertThat(far.dials).hasSize(2);
    }

    @Test
    void a_reload_that_sends_its_direct_datagrams_to_a_tunnel_ends_the_association() {
        sends("www.plain.test:53", "1");
        direct.open(0);
        engine.swap(generation(2, ALL_FAR, far));
        home.runPendingTasks();
        assertThat(refusals).hasSize(1);
        assertThat(events.outcome().end()).contains(FlowView.End.of(Closing.RULES_CHANGED));
        assertThat(direct.tunnels.get(0).closed).isPositive();
        assertThat(engine.running()).isZero();
    }

    @Test
    void a_reload_leaves_the_rest_alone_and_new_destinations_go_by_the_new_rules() {
        sends("a.openai.test:443", "1");
        ScriptedOutbound.Tunnel before = far.open(0);
        ScriptedOutbound newer = new ScriptedOutbound("far");
        engine.swap(generation(2, ALL_FAR, newer));
        home.runPendingTasks();
        assertThat(refusals).isEmpty();
        sends("a.openai.test:443", "2");
        sends("www.plain.test:53", "3");
        assertThat(before.sent).endsWith("a.openai.test:443 2");
        assertThat(newer.open(0).sent).containsExactly("www.plain.test:53 3");
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_destination_that_was_undecided_during_the_reload_is_reviewed_when_it_is() {
        sends("a.slow.test:443", "1");
        engine.swap(generation(2, ALL_FAR, far));
        home.runPendingTasks();
        lookUps.get("a.slow.test").setSuccess(List.of(InetAddress.getLoopbackAddress()));
        home.runPendingTasks();
        assertThat(refusals).hasSize(1);
    }

    private void waits(long seconds) {
        home.advanceTimeBy(seconds, TimeUnit.SECONDS);
        home.runPendingTasks();
    }
}

package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.Resolver;
import dev.fenliu.outbound.Choice;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSessionTest {
    private static final String RULES = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            groups: {either: {type: fallback, members: [far, direct]}}
            rules:
              - {domain-suffix: openai.test, to: far}
              - {domain: ads.test, to: block}
              - {domain: either.test, to: either}
              - {to: direct}
            """;
    private static final String ALL_FAR = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rules: [{to: far}]
            """;

    private final ScriptedOutbound far = new ScriptedOutbound("far");
    private final ScriptedOutbound direct = new ScriptedOutbound("direct");
    private final RecordedEvents events = new RecordedEvents();
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private Engine engine = engine(RULES);

    @AfterEach
    void everything_that_was_opened_is_closed_once() {
        channels.forEach(channel -> {
            channel.close();
            channel.runPendingTasks();
            channel.releaseInbound();
            channel.releaseOutbound();
            channel.checkException(); // of a task, that nobody waits for
        });
        events.assertBalanced();
        assertThat(engine.running()).isZero();
    }

    private Map<String, dev.fenliu.outbound.Outbound> ways() {
        return Map.of(
                "far",
                far,
                "direct",
                direct,
                "either",
                new Group("either", List.of(far, direct), Choice.fallback(), new Health(() -> 0)));
    }

    private Engine engine(String rules) {
        return new Engine(Built.generation(1, rules, ways()), events, () -> 0);
    }

    private final class Client implements InboundStream {
        final EmbeddedChannel channel = newChannel();
        final Flow flow;
        int accepted;
        Failure refused;
        boolean early;

        Client(String destination) {
            flow = new Flow(
                    engine.nextId(),
                    Transport.TCP,
                    "in",
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 50000),
                    Destination.parse(destination),
                    Optional.empty());
        }

        Client start() {
            engine.handler().stream(this);
            return this;
        }

        void sends(byte[] bytes) {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        }

        void sends(String text) {
            sends(text.getBytes(StandardCharsets.UTF_8));
        }

        void halfCloses() {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }

        void waits(long millis) {
            channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            channel.runPendingTasks();
        }

        @Override
        public Flow flow() {
            return flow;
        }

        @Override
        public Channel channel() {
            return channel;
        }

        @Override
        public boolean speaksFirst() {
            return early;
        }

        @Override
        public void accept() {
            assertThat(refused).isNull();
            accepted++;
        }

        @Override
        public void refuse(Failure failure) {
            assertThat(accepted).isZero();
            assertThat(refused).isNull();
            refused = failure;
            channel.close();
        }
    }

    private EmbeddedChannel newChannel() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channels.add(channel);
        return channel;
    }

    private EmbeddedChannel connected(ScriptedOutbound way) {
        EmbeddedChannel upstream = newChannel();
        way.streams.get(way.streams.size() - 1).setSuccess(upstream);
        return upstream;
    }

    private static String written(EmbeddedChannel channel) {
        StringBuilder all = new StringBuilder();
        for (Object message; (message = channel.readOutbound()) != null; ) {
            if (message instanceof ByteBuf bytes) {
                all.append(bytes.toString(StandardCharsets.UTF_8));
                bytes.release();
            } else if (message == EndOfStream.INSTANCE) {
                all.append("<end>");
            }
        }
        return all.toString();
    }

    @Test
    void bytes_that_came_before_the_upstream_reach_it_and_the_flow_is_counted() {
        Client client = new Client("api.openai.test:443").start();
        client.sends("early ");
        assertThat(client.accepted).isZero();
        EmbeddedChannel upstream = connected(far);
        assertThat(client.accepted).isEqualTo(1);
        client.sends("late");
        assertThat(written(upstream)).isEqualTo("early late");
        upstream.writeInbound(Unpooled.copiedBuffer("answer", StandardCharsets.UTF_8));
        assertThat(written(client.channel)).isEqualTo("answer");
        client.halfCloses();
        assertThat(written(upstream)).isEqualTo("<end>");
        upstream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

        FlowView outcome = events.outcome();
        assertThat(outcome.ending()).isEqualTo("ok");
        assertThat(outcome.way()).isEqualTo("far");
        assertThat(outcome.place()).isEqualTo("test.yaml:4");
        assertThat(outcome.up()).isEqualTo(10);
        assertThat(outcome.down()).isEqualTo(6);
        assertThat(events.connected).containsExactly("far");
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_flow_can_be_looked_at_while_it_runs_and_its_time_is_told() {
        AtomicLong clock = new AtomicLong();
        engine = new Engine(Built.generation(1, RULES, ways()), events, clock::get);
        Client client = new Client("api.openai.test:443").start();
        assertThat(engine.flow(1).orElseThrow().state()).isEqualTo(FlowView.State.OPENING);
        Dial dial = far.dials.get(0);
        clock.set(3);
        dial.to(Destination.parse("server.test:1")).steps().resolved();
        clock.set(10);
        dial.steps().connected(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
        clock.set(30);
        EmbeddedChannel upstream = connected(far);
        clock.set(100);
        client.sends("question");
        clock.set(150);
        upstream.writeInbound(Unpooled.copiedBuffer("answer", StandardCharsets.UTF_8));
        clock.set(200);

        FlowView flow = engine.flow(1).orElseThrow();
        assertThat(engine.flows()).containsExactly(flow);
        assertThat(flow.state()).isEqualTo(FlowView.State.OPEN);
        assertThat(flow.place()).isEqualTo("test.yaml:4");
        assertThat(flow.path()).containsExactly("far");
        assertThat(flow.up()).isEqualTo(8);
        assertThat(flow.down()).isEqualTo(6);
        assertThat(flow.address()).contains(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
        assertThat(flow.timing()).isEqualTo(new FlowView.Timing(-1, 3, 7, 20, 50, 200));

        clock.set(250);
        assertThat(engine.end(view -> view.flow().id() == 1)).isEqualTo(1);
        run();
        assertThat(upstream.isOpen()).isFalse();
        assertThat(engine.flows()).isEmpty();
        assertThat(engine.flow(1)).isEmpty();
        FlowView ended = events.outcome();
        assertThat(ended.end()).contains(FlowView.End.of(Closing.WANTED));
        assertThat(ended.state()).isEqualTo(FlowView.State.CLOSED);
        assertThat(ended.down()).isEqualTo(6);
        assertThat(ended.timing().total()).isEqualTo(250);
    }

    @Test
    void what_a_flow_moves_is_told_once() {
        Client client = new Client("api.openai.test:443").start();
        EmbeddedChannel upstream = connected(far);
        engine.tell();
        client.sends("question");
        engine.tell();
        run();
        engine.tell();
        upstream.writeInbound(Unpooled.copiedBuffer("answer", StandardCharsets.UTF_8));
        engine.tell();
        run();
        assertThat(events.moved).containsExactly(8L, 0L, 0L, 6L);
        client.sends("more");
        client.channel.close();
        assertThat(events.untold).containsExactly(4L, 0L);
        assertThat(events.outcome().up()).isEqualTo(12);
    }

    @Test
    void who_ends_its_stream_first_ends_the_flow() {
        for (boolean client : List.of(true, false)) {
            events.closed.clear();
            events.opened.clear();
            Client one = new Client("api.openai.test:443").start();
            EmbeddedChannel upstream = connected(far);
            (client ? one.channel : upstream).pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            (client ? upstream : one.channel).pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(events.outcome().end()).contains(FlowView.End.ok(client ? Ender.CLIENT : Ender.UPSTREAM));
        }
    }

    @Test
    void what_a_flow_sends_and_gets_tells_how_its_outbound_does() {
        AtomicLong clock = new AtomicLong();
        engine = new Engine(Built.generation(1, RULES, ways()), events, clock::get);
        Client client = new Client("api.openai.test:443").start();
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(30));
        EmbeddedChannel upstream = connected(far);
        assertThat(far.dials.get(0).client()).contains(InetAddress.getLoopbackAddress());
        assertThat(engine.health().vitals("far").connect()).contains(Duration.ofMillis(30));
        clock.addAndGet(TimeUnit.HOURS.toNanos(1)); // who says nothing waits for nothing
        assertThat(engine.health().vitals("far").failure()).isEmpty();
        client.sends("hello");
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_600));
        assertThat(engine.health().inDoubt("far")).isTrue();
        upstream.writeInbound(Unpooled.copiedBuffer("answer", StandardCharsets.UTF_8));
        assertThat(engine.health().vitals("far").answer()).contains(Duration.ofMillis(1_600));
        assertThat(engine.health().inDoubt("far")).isFalse();
        client.sends("more");
        clock.addAndGet(TimeUnit.HOURS.toNanos(1)); // a stream that was answered once may be quiet
        assertThat(engine.health().vitals("far").failure()).isEmpty();
    }

    @Test
    void one_that_takes_flows_and_cuts_them_off_is_left() {
        for (String host : List.of("api.openai.test", "chat.openai.test", "www.openai.test")) {
            Client client = new Client(host + ":443").start();
            client.sends("hello");
            EmbeddedChannel upstream = connected(far);
            assertThat(engine.health().vitals("far").ailing()).isFalse();
            upstream.close();
            client.channel.runPendingTasks();
        }
        assertThat(engine.health().vitals("far").ailing()).isTrue();
    }

    @Test
    void an_end_of_input_before_the_upstream_is_there_follows_the_bytes() {
        Client client = new Client("www.plain.test:80").start();
        client.sends("whole request");
        client.halfCloses();
        EmbeddedChannel upstream = connected(direct);
        assertThat(written(upstream)).isEqualTo("whole request<end>");
        upstream.writeInbound(Unpooled.copiedBuffer("answer", StandardCharsets.UTF_8));
        assertThat(written(client.channel)).isEqualTo("answer");
    }

    @ParameterizedTest
    @EnumSource(Failure.Kind.class)
    void a_dial_that_fails_is_refused_with_its_kind(Failure.Kind kind) {
        Client client = new Client("api.openai.test:443").start();
        far.streams.get(0).setFailure(new Failure(kind, "this is why"));
        assertThat(client.refused.kind()).isEqualTo(kind);
        assertThat(events.outcome().ending()).isEqualTo("this is why");
        assertThat(events.outcome().way()).isEqualTo("far");
        assertThat(direct.dials).isEmpty();
    }

    /** What went wrong counts as such whoever said it; what a rule or a limit of ours means does not. */
    @ParameterizedTest
    @CsvSource({
        "BLOCKED, blocked, US, false",
        "FORBIDDEN, forbidden, US, false",
        "LOOP, loop, US, false",
        "OVERLOADED, overloaded, US, false",
        "UNSUPPORTED, unsupported, US, false",
        "UNRESOLVED, unresolved, US, true",
        "RESOLVER_FAILED, resolver-failed, US, true",
        "RESOLVER_TIMEOUT, resolver-timeout, US, true",
        "NETWORK_UNREACHABLE, network-unreachable, US, true",
        "TUNNEL_CERTIFICATE, tunnel-certificate, US, true",
        "INTERNAL, internal, US, true",
        "REFUSED, refused, UPSTREAM, true",
        "HOST_UNREACHABLE, host-unreachable, UPSTREAM, true",
        "TIMEOUT, timeout, UPSTREAM, true",
        "TUNNEL_DOWN, tunnel-down, UPSTREAM, true",
        "TUNNEL_PROTOCOL, tunnel-protocol, UPSTREAM, true",
        "CLIENT_GONE, client-gone, CLIENT, false"
    })
    void a_flow_that_failed_says_why_and_by_whom(Failure.Kind kind, String code, Ender by, boolean failed) {
        new Client("api.openai.test:443").start();
        far.streams.get(0).setFailure(new Failure(kind, "this is why"));
        assertThat(events.outcome().end()).contains(new FlowView.End(code, "this is why", by, failed));
        assertThat(engine.fates().failures()).isEqualTo(failed ? 1 : 0);
    }

    @Test
    void what_a_tunnel_s_server_refuses_is_its_doing() {
        new Client("api.openai.test:443").start();
        far.streams.get(0).setFailure(new Failure(Failure.Kind.FORBIDDEN, "its rules").by(Ender.UPSTREAM));
        assertThat(events.outcome().end()).contains(new FlowView.End("forbidden", "its rules", Ender.UPSTREAM, true));
    }

    @Test
    void a_group_without_members_is_ours_to_mend() {
        Group empty = new Group("far", List.of(), Choice.fallback(), new Health(() -> 0));
        engine = new Engine(Built.generation(1, ALL_FAR, Map.of("far", empty)), events, () -> 0);
        new Client("api.openai.test:443").start();
        String why = "group \"far\" has no member yet: add an outbound to its `members`";
        assertThat(events.outcome().end()).contains(new FlowView.End("tunnel-down", why, Ender.US, true));
        assertThat(engine.fates().failures()).isEqualTo(1);
    }

    @Test
    void what_nobody_expected_is_refused_too() {
        Client client = new Client("api.openai.test:443").start();
        far.streams.get(0).setFailure(new IllegalStateException("a bug"));
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.INTERNAL);
    }

    @Test
    void a_blocked_flow_is_told_which_rule_it_was() {
        Client client = new Client("ads.test:443").start();
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.BLOCKED);
        assertThat(client.refused.text()).contains("test.yaml:5");
        assertThat(events.outcome().way()).isEqualTo("block");
        assertThat(events.outcome().place()).isEqualTo("test.yaml:5");
        assertThat(events.outcome().end()).map(FlowView.End::by).contains(Ender.US);
        assertThat(engine.fates().failures()).isZero();
    }

    @Test
    void a_destination_that_no_client_may_reach_is_not_dialled() {
        Client client = new Client("mail.openai.test:25").start();
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(far.dials).isEmpty();
    }

    @Test
    void nobody_waits_longer_than_the_deadline() {
        Client client = new Client("api.openai.test:443").start();
        client.waits(14_900);
        assertThat(client.refused).isNull();
        client.waits(200);
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.TIMEOUT);
        assertThat(far.streams.get(0).isCancelled()).isTrue();
    }

    @Test
    void the_deadline_does_not_touch_a_flow_that_runs() {
        Client client = new Client("api.openai.test:443").start();
        EmbeddedChannel upstream = connected(far);
        client.waits(3_600_000);
        assertThat(client.channel.isOpen()).isTrue();
        client.sends("still here");
        assertThat(written(upstream)).isEqualTo("still here");
    }

    @Test
    void a_client_that_goes_while_we_dial_takes_the_dial_with_it() {
        Client client = new Client("api.openai.test:443").start();
        client.sends("held");
        client.channel.close();
        assertThat(far.streams.get(0).isCancelled()).isTrue();
        assertThat(events.outcome().ending()).isEqualTo("client went away");
    }

    @Test
    void an_upstream_that_comes_after_the_client_went_is_closed() {
        Client client = new Client("api.openai.test:443").start();
        Promise<Channel> dial = far.streams.get(0);
        dial.setUncancellable();
        client.channel.close();
        EmbeddedChannel upstream = connected(far);
        assertThat(upstream.isOpen()).isFalse();
        assertThat(client.accepted).isZero();
    }

    @Test
    void a_broken_upstream_resets_the_client_and_the_log_says_who_it_was() {
        Client client = new Client("api.openai.test:443").start();
        EmbeddedChannel upstream = connected(far);
        upstream.pipeline().fireExceptionCaught(new java.io.IOException("reset"));
        upstream.runPendingTasks();
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(events.outcome().ending()).isEqualTo("reset by the other side");
    }

    // ---- first bytes ----

    @Test
    void a_hello_that_names_another_host_than_the_client_asked_for_goes_the_stricter_way() {
        Client client = new Client("www.plain.test:443").start();
        EmbeddedChannel plain = connected(direct);
        assertThat(client.accepted).isEqualTo(1);
        byte[] hello = hello("chat.openai.test");
        client.sends(java.util.Arrays.copyOf(hello, 100));
        client.sends(java.util.Arrays.copyOfRange(hello, 100, hello.length));
        assertThat(plain.isOpen()).isFalse();
        assertThat(written(plain)).isEmpty();
        EmbeddedChannel upstream = connected(far);
        assertThat(far.dials.get(0).destination()).isEqualTo(Destination.parse("www.plain.test:443"));
        assertThat(written(upstream)).hasSizeGreaterThan(100);
    }

    @Test
    void a_request_that_names_a_blocked_host_gets_nowhere() {
        Client client = new Client("www.plain.test:80").start();
        EmbeddedChannel plain = connected(direct);
        client.sends("GET / HTTP/1.1\r\nHost: ads.test\r\n\r\n");
        assertThat(plain.isOpen()).isFalse();
        assertThat(written(plain)).isEmpty();
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(events.outcome().ending()).contains("blocked");
    }

    @Test
    void whoever_speaks_first_in_a_direct_flow_is_heard_at_once() {
        Client client = new Client("mail.plain.test:25025").start();
        EmbeddedChannel greeting = connected(direct);
        greeting.writeInbound(Unpooled.copiedBuffer("220 hello", StandardCharsets.UTF_8));
        assertThat(written(client.channel)).isEqualTo("220 hello");
        client.sends("GET / HTTP/1.1\r\n");
        assertThat(written(greeting)).isEqualTo("GET / HTTP/1.1\r\n");

        Client speaker = new Client("www.plain.test:5000").start();
        EmbeddedChannel listener = connected(direct);
        speaker.sends("\1\2\3");
        assertThat(written(listener)).isEqualTo("\1\2\3");
    }

    @Test
    void an_origin_that_goes_before_anybody_spoke_takes_the_client_with_it() {
        Client client = new Client("www.plain.test:443").start();
        connected(direct).close();
        assertThat(client.channel.isOpen()).isFalse();
        Client gone = new Client("www.plain.test:443").start();
        EmbeddedChannel upstream = connected(direct);
        gone.channel.close();
        assertThat(upstream.isOpen()).isFalse();
    }

    @Test
    void the_server_name_of_a_tls_client_decides_about_a_bare_address() {
        Client client = new Client("203.0.113.7:443").start();
        assertThat(client.accepted).isEqualTo(1);
        assertThat(far.dials).isEmpty();
        byte[] hello = hello("chat.openai.test");
        client.sends(java.util.Arrays.copyOf(hello, 20));
        client.sends(java.util.Arrays.copyOfRange(hello, 20, hello.length));
        assertThat(far.dials).hasSize(1);
        assertThat(far.dials.get(0).destination()).isEqualTo(Destination.parse("203.0.113.7:443"));
        EmbeddedChannel upstream = connected(far);
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf bytes; (bytes = upstream.readOutbound()) != null; ) {
            all.writeBytes(bytes);
            bytes.release();
        }
        assertThat(all).isEqualTo(Unpooled.wrappedBuffer(hello));
        assertThat(client.accepted).isEqualTo(1);
    }

    @Test
    void the_host_of_a_plain_request_decides_about_a_bare_address() {
        Client client = new Client("203.0.113.7:80").start();
        client.sends("GET / HTTP/1.1\r\nHost: chat.openai.test\r\n\r\n");
        assertThat(far.dials).hasSize(1);
    }

    @Test
    void a_bare_address_whose_first_bytes_name_nobody_goes_by_the_address() {
        Client client = new Client("203.0.113.7:22").start();
        client.sends("SSH-2.0-x\r\n");
        assertThat(direct.dials).hasSize(1);
        assertThat(far.dials).isEmpty();
    }

    @Test
    void a_silent_client_goes_on_after_a_short_wait() {
        Client client = new Client("203.0.113.7:21").start();
        client.waits(290);
        assertThat(direct.dials).isEmpty();
        client.waits(20);
        assertThat(direct.dials).hasSize(1);
        EmbeddedChannel upstream = connected(direct);
        upstream.writeInbound(Unpooled.copiedBuffer("220 hello", StandardCharsets.UTF_8));
        assertThat(written(client.channel)).isEqualTo("220 hello");
        client.sends("USER");
        assertThat(written(upstream)).isEqualTo("USER");
    }

    @Test
    void a_client_that_has_ended_its_stream_is_waited_for_no_longer() {
        Client silent = new Client("203.0.113.7:21").start();
        silent.halfCloses();
        assertThat(direct.dials).hasSize(1);
        Client brief = new Client("203.0.113.7:443").start();
        brief.sends(java.util.Arrays.copyOf(hello("chat.openai.test"), 60));
        brief.halfCloses();
        assertThat(direct.dials).hasSize(2);
    }

    @Test
    void what_half_a_hello_told_is_not_forgotten_after_the_wait() {
        engine = engine("""
                outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
                rules: [{protocol: tls, to: far}, {to: direct}]
                """);
        Client client = new Client("203.0.113.7:443").start();
        client.sends(java.util.Arrays.copyOf(hello("chat.openai.test"), 60));
        client.waits(4_990);
        assertThat(far.dials).isEmpty();
        client.waits(20);
        assertThat(far.dials).hasSize(1);
    }

    /** It says nothing to its server in the meantime, so nobody is kept waiting. */
    @Test
    void a_hello_whose_rest_was_lost_on_the_way_is_waited_for_until_it_comes_again() {
        Client client = new Client("203.0.113.7:8443").start();
        byte[] hello = hello("chat.openai.test");
        client.sends(java.util.Arrays.copyOf(hello, 60));
        client.waits(3_000);
        client.sends(java.util.Arrays.copyOfRange(hello, 60, 90));
        client.waits(3_000);
        assertThat(direct.dials).isEmpty();
        client.sends(java.util.Arrays.copyOfRange(hello, 90, hello.length));
        assertThat(far.dials).hasSize(1);
    }

    @Test
    void a_hello_that_comes_byte_by_byte_is_put_together() {
        Client client = new Client("203.0.113.7:443").start();
        for (byte one : hello("chat.openai.test")) {
            client.sends(new byte[] {one});
        }
        assertThat(far.dials).hasSize(1);
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_hello_that_never_ends_is_refused_at_the_deadline_at_the_latest() {
        Client client = new Client("203.0.113.7:8443").start();
        for (byte one : java.util.Arrays.copyOf(hello("chat.openai.test"), 5)) {
            client.sends(new byte[] {one});
            client.waits(3_000);
        }
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_client_of_the_web_speaks_first_so_a_late_hello_still_decides() {
        Client client = new Client("203.0.113.7:443").start();
        client.waits(4_000);
        assertThat(direct.dials).isEmpty();
        client.sends(hello("chat.openai.test"));
        assertThat(far.dials).hasSize(1);
        Client silent = new Client("203.0.113.7:80").start();
        silent.waits(5_010);
        assertThat(direct.dials).hasSize(1);
    }

    @Test
    void a_client_that_was_answered_early_is_reset_when_the_dial_fails() {
        Client client = new Client("203.0.113.7:443").start();
        client.sends(hello("chat.openai.test"));
        far.streams.get(0).setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "down"));
        assertThat(client.refused).isNull();
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(events.outcome().ending()).isEqualTo("down");
    }

    @Test
    void a_client_that_speaks_before_it_is_answered_is_refused_in_its_own_words() {
        Client client = new Client("203.0.113.7:80");
        client.early = true;
        client.start();
        assertThat(client.accepted).isZero();
        client.sends("GET / HTTP/1.1\r\nHost: ads.test\r\n\r\n");
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.BLOCKED);
    }

    @Test
    void a_client_that_goes_while_it_is_listened_to_is_not_dialled_for() {
        Client client = new Client("203.0.113.7:80").start();
        client.channel.close();
        client.waits(400);
        assertThat(direct.dials).isEmpty();
        assertThat(events.routed).isEmpty();
    }

    // ---- reload ----

    @Test
    void a_direct_flow_that_new_rules_send_to_a_tunnel_is_ended_and_others_live() {
        Client plain = new Client("www.plain.test:80").start();
        EmbeddedChannel plainUpstream = connected(direct);
        Client tunnelled = new Client("api.openai.test:443").start();
        EmbeddedChannel farUpstream = connected(far);
        engine.swap(Built.generation(2, ALL_FAR, ways()));
        run();
        assertThat(plain.channel.isOpen()).isFalse();
        assertThat(plainUpstream.isOpen()).isFalse();
        assertThat(tunnelled.channel.isOpen()).isTrue();
        assertThat(farUpstream.isOpen()).isTrue();
        assertThat(events.outcome().ending()).isEqualTo("closed by the proxy: the rules have changed");
    }

    @Test
    void a_reload_that_changes_nothing_touches_no_flow() {
        Client plain = new Client("www.plain.test:80").start();
        connected(direct);
        Client either = new Client("either.test:80").start();
        far.streams.get(0).setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "down"));
        connected(direct);
        assertThat(events.connected).containsExactly("direct", "either/direct");
        engine.swap(Built.generation(2, RULES, ways()));
        run();
        assertThat(plain.channel.isOpen()).isTrue();
        assertThat(either.channel.isOpen()).isTrue();
    }

    @Test
    void a_flow_that_a_group_sent_direct_is_ended_too() {
        Client either = new Client("either.test:80").start();
        far.streams.get(0).setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "down"));
        connected(direct);
        engine.swap(Built.generation(2, ALL_FAR, ways()));
        run();
        assertThat(either.channel.isOpen()).isFalse();
    }

    @Test
    void a_flow_that_is_being_dialled_directly_is_refused_by_such_a_reload() {
        Client plain = new Client("www.plain.test:80").start();
        engine.swap(Built.generation(2, ALL_FAR, ways()));
        run();
        assertThat(plain.refused.kind()).isEqualTo(Failure.Kind.OVERLOADED);
        assertThat(direct.streams.get(0).isCancelled()).isTrue();
    }

    /** By a reload, and by a rule whose time is over. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_flow_that_was_undecided_when_the_rules_changed_is_decided_by_the_old_and_then_reviewed(boolean reload) {
        EmbeddedChannel home = newChannel();
        Promise<List<InetAddress>> answer = home.eventLoop().newPromise();
        Resolver slow = (name, loop) -> answer;
        engine = new Engine(
                Built.generation(
                        1,
                        "rules: [{ip-cidr: 10.0.0.0/8, resolve: true, to: block}, {to: direct}]",
                        ways(),
                        slow,
                        slow),
                events,
                () -> 0);
        Client plain = new Client("www.plain.test:80").start();
        Generation next = Built.generation(2, ALL_FAR, ways());
        engine.swap(reload ? next : engine.current().withRouter(next.router()));
        run();
        answer.setSuccess(List.of(InetAddress.getLoopbackAddress()));
        assertThat(far.dials).isEmpty();
        EmbeddedChannel upstream = connected(direct);
        run();
        assertThat(upstream.isOpen()).isFalse();
        assertThat(plain.channel.isOpen()).isFalse();
    }

    @Test
    void the_end_of_the_program_ends_every_flow() {
        Client running = new Client("www.plain.test:80").start();
        connected(direct);
        Client dialling = new Client("api.openai.test:80").start();
        engine.endAll();
        run();
        assertThat(running.channel.isOpen()).isFalse();
        assertThat(dialling.refused).isNotNull();
        assertThat(engine.running()).isZero();
    }

    private void run() {
        List.copyOf(channels).forEach(EmbeddedChannel::runPendingTasks);
    }

    private static byte[] hello(String name) {
        try {
            SSLEngine tls = SSLContext.getDefault().createSSLEngine(name, 443);
            tls.setUseClientMode(true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            tls.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(tls.getSession().getPacketBufferSize());
            tls.wrap(ByteBuffer.allocate(0), out);
            out.flip();
            byte[] bytes = new byte[out.remaining()];
            out.get(bytes);
            return bytes;
        } catch (java.security.GeneralSecurityException | javax.net.ssl.SSLException e) {
            throw new AssertionError(e);
        }
    }
}

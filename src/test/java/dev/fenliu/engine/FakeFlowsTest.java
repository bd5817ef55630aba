package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.FakeRanges;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.outbound.Health;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flows to fake addresses. */
class FakeFlowsTest {
    private static final String RULES = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rules:
              - {domain-suffix: openai.test, to: far}
              - {ip-cidr: "198.18.0.0/15", to: direct}
              - {to: direct}
            """;

    private final AtomicLong clock = new AtomicLong();
    private final ScriptedOutbound far = new ScriptedOutbound("far");
    private final ScriptedOutbound direct = new ScriptedOutbound("direct");
    private final RecordedEvents events = new RecordedEvents();
    private final FakeAddresses[] table = new FakeAddresses[1];
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private Engine engine;
    private String fake;

    FakeFlowsTest() {
        FakeAddresses fakes = new FakeAddresses(clock::get, () -> table[0].release(table[0].reserve()));
        table[0] = fakes;
        fakes.use(new FakeOptions(true, FakeRanges.DEFAULT, Set.of()));
        engine = engine(Guards.Role.TRANSPARENT, RULES);
        fake = Addresses.text(give("chat.openai.test"));
    }

    private Engine engine(Guards.Role role, String rules) {
        Guards guards = new Guards(Map.of("in", role), Set.of(), Set.of()).withFakes(table[0].ranges());
        Generation generation =
                Built.generation(1, rules, Map.of("far", far, "direct", direct)).withGuards(guards);
        return new Engine(
                generation, events, clock::get, () -> java.time.Instant.EPOCH, table[0], new Health(clock::get));
    }

    private InetAddress give(String name) {
        return table[0].addresses(new Host.Name(name)).get(0);
    }

    @AfterEach
    void everything_that_was_opened_is_closed_once() {
        channels.forEach(channel -> {
            channel.close();
            channel.runPendingTasks();
        });
        events.assertBalanced();
        assertThat(engine.running()).isZero();
    }

    private final class Client implements InboundStream {
        final EmbeddedChannel channel = new EmbeddedChannel();
        final Flow flow;
        Failure refused;

        Client(String destination) {
            channels.add(channel);
            InetSocketAddress source = new InetSocketAddress(Addresses.parse("192.168.1.2"), 50000);
            flow = new Flow(
                    engine.nextId(), Transport.TCP, "in", source, Destination.parse(destination), Optional.empty());
            engine.handler().stream(this);
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
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            refused = failure;
            channel.close();
        }
    }

    @Test
    void a_stream_to_a_fake_address_goes_to_its_name() {
        new Client(fake + ":443");
        assertThat(far.dials).extracting(dial -> dial.destination().toString()).containsExactly("chat.openai.test:443");
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_name_that_goes_direct_by_now_is_looked_up_here() {
        engine = engine(Guards.Role.LOCAL, "rules: [{to: direct}]");
        new Client(fake + ":443");
        assertThat(direct.dials)
                .extracting(dial -> dial.destination().toString())
                .containsExactly("chat.openai.test:443");
    }

    @Test
    void an_address_that_stands_for_no_name_is_refused_whatever_the_rules_say() {
        Client client = new Client("198.18.77.77:443");
        assertThat(client.refused.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
        assertThat(client.refused.text()).contains("198.18.77.77").contains("look its name up again");
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void users_from_outside_do_not_learn_what_the_house_looks_up() {
        engine = engine(Guards.Role.REMOTE, RULES);
        assertThat(new Client(fake + ":443").refused.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
        assertThat(far.dials).isEmpty();
    }

    @Test
    void no_name_leads_to_a_fake_address() {
        new Client("www.plain.test:443");
        Failure failure =
                direct.dials.get(0).guard().check(new InetSocketAddress(give("chat.openai.test"), 443), Transport.TCP);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
    }

    @Test
    void the_address_of_an_open_stream_is_not_given_away() {
        Client client = new Client(fake + ":443");
        far.streams.get(0).setSuccess(open());
        clock.addAndGet(Duration.ofHours(9).toNanos());
        exhaust();
        assertThat(table[0].find(Addresses.parse(fake))).isNotNull();
        client.channel.close();
        client.channel.runPendingTasks();
        clock.addAndGet(Duration.ofHours(9).toNanos());
        exhaust();
        assertThat(table[0].find(Addresses.parse(fake)).name())
                .isNotEqualTo(Optional.of(new Host.Name("chat.openai.test")));
    }

    private EmbeddedChannel open() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channels.add(channel);
        return channel;
    }

    private int exhausted;

    private void exhaust() {
        exhausted++;
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        while (!table[0].addresses(new Host.Name("n" + exhausted++ + ".test")).isEmpty()) {
            // all that are free
        }
    }

    @Test
    void datagrams_to_fake_addresses_go_to_their_names_and_answers_come_from_there() {
        RecordedPackets client = new RecordedPackets(engine);
        channels.add(client.home);
        String other = Addresses.text(give("api.openai.test"));
        sends(client, fake + ":5000", "one");
        sends(client, other + ":5000", "two");
        sends(client, "203.0.113.7:5000", "three");
        assertThat(far.open(0).sent).containsExactly("chat.openai.test:5000 one");
        assertThat(far.open(1).sent).containsExactly("api.openai.test:5000 two");
        assertThat(direct.open(0).sent).containsExactly("203.0.113.7:5000 three");
        answers(far.tunnels.get(0), "198.51.100.9:5000", "1");
        answers(far.tunnels.get(1), "198.51.100.9:5000", "2");
        answers(direct.tunnels.get(0), "203.0.113.7:5000", "3");
        assertThat(client.received).containsExactly(fake + ":5000 1", other + ":5000 2", "203.0.113.7:5000 3");
        sends(client, "198.18.77.77:5000", "lost");
        assertThat(direct.tunnels).hasSize(1);
        client.flow.close();
        client.home.runPendingTasks();
    }

    @Test
    void a_datagram_that_is_refused_is_refused_at_the_address_that_the_client_knows() {
        engine = engine(Guards.Role.TRANSPARENT, "rules: [{domain-suffix: openai.test, to: block}, {to: direct}]");
        RecordedPackets client = new RecordedPackets(engine);
        sends(client, fake + ":443", "hello");
        assertThat(client.unreachable).containsExactly(fake + ":443");
    }

    private static void sends(RecordedPackets client, String to, String text) {
        client.flow.receive(Destination.parse(to), Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    private static void answers(ScriptedOutbound.Tunnel tunnel, String from, String text) {
        tunnel.sink.receive(Destination.parse(from), Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }
}

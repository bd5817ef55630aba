package dev.fenliu.engine;

import static dev.fenliu.sniff.QuicClient.crypto;
import static dev.fenliu.sniff.QuicClient.hello;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.sniff.QuicClient;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the first datagrams of a QUIC client decide about the address that it sends them to. */
class SniffedPacketsTest {
    private static final String RULES = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rules:
              - {domain-suffix: openai.test, to: far}
              - {domain: ads.test, to: block}
              - {to: direct}
            """;
    private static final String TO = "203.0.113.7:443";
    private static final String LATER = "no more of a hello";

    private final QuicClient quic = new QuicClient(QuicClient.V1, "0102030405060708");
    private final ScriptedOutbound far = new ScriptedOutbound("far");
    private final ScriptedOutbound direct = new ScriptedOutbound("direct");
    private final RecordedEvents events = new RecordedEvents();
    private final Engine engine = new Engine(generation(1, RULES), events, () -> 0);
    private final RecordedPackets client = new RecordedPackets(engine);

    @AfterEach
    void everything_that_was_opened_is_closed_once() {
        client.flow.close();
        client.home.runPendingTasks();
        client.home.close();
        events.assertBalanced();
        assertThat(engine.running()).isZero();
    }

    private Generation generation(long number, String rules) {
        return Built.generation(number, rules, Map.of("far", far, "direct", direct));
    }

    private void rules(String rules) {
        engine.swap(generation(2, rules));
        client.home.runPendingTasks();
    }

    private void sends(String to, byte[] datagram) {
        client.flow.receive(Destination.parse(to), Unpooled.wrappedBuffer(datagram));
    }

    private void sends(byte[] datagram) {
        sends(TO, datagram);
    }

    private byte[] whole(String name) {
        byte[] hello = hello(name, 100);
        return quic.datagram(0, crypto(hello, 0, hello.length));
    }

    private void waits(long millis) {
        client.home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        client.home.runPendingTasks();
    }

    /** So long that tunnels without a datagram are closed. */
    private void isIdle() {
        waits(121_000);
        waits(121_000);
    }

    private static List<String> texts(byte[]... datagrams) {
        return Stream.of(datagrams)
                .map(datagram -> TO + " " + new String(datagram, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void a_name_in_the_first_datagram_decides_at_once_and_the_address_is_what_the_tunnel_gets() {
        byte[] datagram = whole("chat.openai.test");
        sends(datagram);
        assertThat(far.dials).hasSize(1);
        assertThat(far.dials.get(0).destination()).isEqualTo(Destination.parse(TO));
        assertThat(far.open(0).sent).isEqualTo(texts(datagram));
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void a_name_that_is_blocked_is_refused() {
        sends(whole("ads.test"));
        assertThat(client.refusals).extracting(Failure::kind).containsExactly(Failure.Kind.BLOCKED);
    }

    @Test
    void a_hello_in_two_datagrams_waits_for_the_second_and_nothing_is_lost_or_reordered() {
        List<byte[]> datagrams = quic.inTwo(hello("chat.openai.test", 1500));
        sends(datagrams.get(0));
        assertThat(far.dials).isEmpty();
        assertThat(direct.dials).isEmpty();
        sends(datagrams.get(1));
        assertThat(far.dials).hasSize(1);
        byte[] later = LATER.getBytes(StandardCharsets.UTF_8);
        sends(later);
        assertThat(far.open(0).sent).isEqualTo(texts(datagrams.get(0), datagrams.get(1), later));
        waits(1000);
        assertThat(direct.dials).isEmpty();
        assertThat(far.dials).hasSize(1);
    }

    @Test
    void other_destinations_are_not_held_meanwhile() {
        sends(quic.inTwo(hello("chat.openai.test", 1500)).get(0));
        sends("203.0.113.8:53", new byte[] {1, 2, 3});
        assertThat(direct.dials).hasSize(1);
        assertThat(client.refusals).isEmpty();
    }

    @Test
    void a_first_datagram_that_comes_again_is_passed_on_and_the_name_is_still_found() {
        List<byte[]> datagrams = quic.inTwo(hello("chat.openai.test", 1500));
        sends(datagrams.get(0));
        sends(datagrams.get(0));
        assertThat(direct.dials).isEmpty();
        sends(datagrams.get(1));
        assertThat(far.open(0).sent).isEqualTo(texts(datagrams.get(0), datagrams.get(0), datagrams.get(1)));
    }

    @Test
    void after_three_datagrams_nobody_waits_for_a_name_any_longer() {
        byte[] first = quic.inTwo(hello("chat.openai.test", 1500)).get(0);
        sends(first);
        sends(first);
        assertThat(direct.dials).isEmpty();
        sends(first);
        assertThat(direct.open(0).sent).isEqualTo(texts(first, first, first));
    }

    @Test
    void after_a_moment_nobody_waits_for_a_name_any_longer() {
        List<byte[]> datagrams = quic.inTwo(hello("chat.openai.test", 1500));
        sends(datagrams.get(0));
        waits(499);
        assertThat(direct.dials).isEmpty();
        waits(2);
        assertThat(direct.open(0).sent).isEqualTo(texts(datagrams.get(0)));
        sends(datagrams.get(1));
        assertThat(far.dials).as("what is decided stays").isEmpty();
    }

    @Test
    void an_association_that_ends_while_a_name_is_awaited_opens_nothing() {
        sends(quic.inTwo(hello("chat.openai.test", 1500)).get(0));
        client.flow.close();
        waits(1000);
        assertThat(direct.dials).isEmpty();
        assertThat(far.dials).isEmpty();
    }

    @Test
    void so_does_a_destination_that_gives_way_to_many_newer_ones() {
        sends(quic.inTwo(hello("chat.openai.test", 1500)).get(0));
        IntStream.range(0, 1024).forEach(i -> sends("h" + i + ".openai.test:443", new byte[] {1}));
        waits(1000);
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void the_protocol_alone_is_known_from_the_first_datagram() {
        rules("rules: [{protocol: quic, to: block}, {to: direct}]");
        sends("www.plain.test:443", quic.inTwo(hello("www.plain.test", 1500)).get(0));
        assertThat(client.refusals).extracting(Failure::kind).containsExactly(Failure.Kind.BLOCKED);
    }

    @Test
    void a_hello_that_names_another_host_than_the_client_asked_for_goes_the_stricter_way() {
        for (byte[] datagram : quic.inTwo(hello("chat.openai.test", 1500))) {
            sends("www.plain.test:443", datagram);
        }
        assertThat(direct.dials).isEmpty();
        assertThat(far.dials).extracting(dial -> dial.destination().toString()).containsExactly("www.plain.test:443");
    }

    /** A program before this one may have sent its beginning through a tunnel. */
    @Test
    void the_middle_of_a_connection_that_nobody_knows_does_not_leave_plainly() {
        byte[] amid = {0x4a, 1, 2, 3};
        sends(amid);
        assertThat(client.refusals).extracting(Failure::kind).containsExactly(Failure.Kind.BLOCKED);
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void what_is_not_the_middle_of_a_connection_goes_its_way() {
        sends("203.0.113.7:8443", new byte[] {0x4a, 1, 2, 3});
        sends("203.0.113.8:443", new byte[] {1, 0, 0, 0}); // WireGuard
        assertThat(client.refusals).isEmpty();
        assertThat(direct.dials).hasSize(1);
    }

    @Test
    void what_follows_a_hello_stays_with_its_tunnel_when_that_was_closed_meanwhile() {
        sends(whole("chat.openai.test"));
        far.open(0);
        isIdle();
        assertThat(far.tunnels.get(0).closed).isEqualTo(1);
        sends(LATER.getBytes(StandardCharsets.UTF_8));
        far.open(1).sink.closed(new Failure(Failure.Kind.TUNNEL_DOWN, "the server went"));
        sends(LATER.getBytes(StandardCharsets.UTF_8));
        assertThat(far.dials).hasSize(3);
        assertThat(direct.dials)
                .as("no datagram of a tunnelled connection leaves plainly")
                .isEmpty();
    }

    /** A browser does so by itself when a connection gets worse. */
    @Test
    void a_connection_that_goes_on_from_another_port_stays_with_its_tunnel() {
        sends(whole("chat.openai.test"));
        RecordedPackets other = new RecordedPackets(engine);
        other.flow.receive(Destination.parse(TO), Unpooled.wrappedBuffer(LATER.getBytes(StandardCharsets.UTF_8)));
        assertThat(far.dials).hasSize(2);
        assertThat(direct.dials).isEmpty();
        other.flow.close();
    }

    @Test
    void what_follows_a_hello_keeps_its_protocol_too() {
        rules("""
                outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
                rules: [{protocol: quic, to: far}, {to: direct}]
                """);
        sends(whole("www.plain.test"));
        far.open(0);
        isIdle();
        sends(LATER.getBytes(StandardCharsets.UTF_8));
        assertThat(far.dials).hasSize(2);
        assertThat(direct.dials).isEmpty();
    }

    @Test
    void another_hello_to_an_address_that_is_decided_anew_is_decided_by_its_own_name() {
        sends(whole("chat.openai.test"));
        far.open(0);
        isIdle();
        sends(whole("www.plain.test"));
        assertThat(direct.dials).hasSize(1);
    }

    @Test
    void a_reload_that_sends_the_name_to_a_tunnel_ends_what_went_direct() {
        sends(whole("www.plain.test"));
        direct.open(0);
        rules("""
                outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
                rules: [{domain: www.plain.test, to: far}, {to: direct}]
                """);
        client.home.runPendingTasks();
        assertThat(client.refusals).hasSize(1);
    }
}

package dev.fenliu.tally;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Position;
import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.route.RuleRef;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TroublesTest {
    private final Troubles troubles = new Troubles();
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private int ids;

    private FlowView flow(
            Transport transport,
            String to,
            String outbound,
            String code,
            long up,
            long down,
            long millis,
            boolean opened) {
        Flow flow = new Flow(
                ids++,
                transport,
                "lan",
                new InetSocketAddress(Addresses.parse("192.168.1.7"), 50_000),
                Destination.parse(to),
                Optional.empty());
        return new FlowView(
                flow,
                now,
                Optional.empty(),
                Optional.of(new RuleRef(3, new Position("home.yaml", 12, 5), "a rule")),
                List.of(outbound),
                Optional.empty(),
                up,
                down,
                new FlowView.Timing(
                        0,
                        0,
                        0,
                        opened ? 0 : FlowView.Timing.UNKNOWN,
                        FlowView.Timing.UNKNOWN,
                        Duration.ofMillis(millis).toNanos()),
                Optional.of(new FlowView.End(code, "this is why", Ender.UPSTREAM, true)));
    }

    private void fails(String host, String code) {
        troubles.add(flow(Transport.TCP, host + ":443", "direct", code, 0, 0, 10, false), now);
    }

    private void works(String host, String outbound) {
        troubles.add(flow(Transport.TCP, host + ":443", outbound, "ok", 500, 3000, 10, true), now);
    }

    private void silent(Transport transport, int port, long up, long millis) {
        for (int i = 0; i < 2; i++) {
            troubles.add(flow(transport, "silent.test:" + port, "direct", "client-reset", up, 0, millis, true), now);
        }
    }

    private List<String> told() {
        return troubles.all(now).stream()
                .map(one -> one.host() + " " + one.code() + " " + one.count())
                .toList();
    }

    @Test
    void once_is_chance_and_twice_is_told_the_most_frequent_first() {
        fails("a.test", "refused");
        assertThat(told()).isEmpty();
        fails("b.test", "timeout");
        fails("b.test", "timeout");
        fails("a.test", "refused");
        fails("a.test", "timeout");
        assertThat(told()).containsExactly("a.test timeout 3", "b.test timeout 2");
    }

    @Test
    void what_works_again_is_no_trouble_but_only_by_that_way() {
        fails("a.test", "refused");
        fails("a.test", "refused");
        works("a.test", "vps");
        assertThat(told()).hasSize(1);
        works("a.test", "direct");
        assertThat(told()).isEmpty();
        fails("a.test", "refused");
        assertThat(told()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "refused, true",
        "host-unreachable, true",
        "timeout, true",
        "unresolved, true",
        "upstream-reset, true",
        "tunnel-down, false",
        "tunnel-protocol, false",
        "network-unreachable, false",
        "resolver-failed, false",
        "blocked, false",
        "client-gone, false",
        "ok, false"
    })
    void what_is_wrong_with_a_host_is_told_and_what_is_wrong_elsewhere_is_not(String code, boolean told) {
        fails("a.test", code);
        fails("a.test", code);
        assertThat(told()).hasSize(told ? 1 : 0);
    }

    @Test
    void who_asked_and_heard_nothing_for_long_had_no_answer() {
        silent(Transport.TCP, 443, 517, 4_000);
        silent(Transport.TCP, 443, 0, 60_000); // a connection that a browser opened in advance
        silent(Transport.UDP, 123, 48, 60_000);
        assertThat(told()).isEmpty();
        silent(Transport.TCP, 80, 90, 5_000);
        assertThat(told()).containsExactly("silent.test no-answer 2");
        silent(Transport.UDP, 443, 1200, 60_000);
        assertThat(told()).containsExactly("silent.test no-answer 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"printer", "192.168.1.9", "[fe80::1]", "127.0.0.1", "[::1]", "239.255.255.250"})
    void what_devices_try_at_home_is_no_trouble(String host) {
        fails(host, "refused");
        fails(host, "refused");
        assertThat(told()).isEmpty();
    }

    @Test
    void yesterdays_are_forgotten_and_of_very_many_the_oldest() {
        fails("a.test", "refused");
        fails("a.test", "refused");
        now = now.plus(Duration.ofHours(25));
        assertThat(told()).isEmpty();
        for (int i = 0; i < 600; i++) {
            fails("h" + i + ".test", "refused");
            fails("h" + i + ".test", "refused");
        }
        assertThat(told())
                .hasSize(500)
                .noneMatch(text -> text.startsWith("h0."))
                .anyMatch(text -> text.startsWith("h599."));
    }
}

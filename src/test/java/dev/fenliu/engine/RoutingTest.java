package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Resolver;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutingTest {
    private static final String FAR = "outbounds: {far: {type: socks5, server: \"127.0.0.1:9\"}}\n";

    private final EmbeddedChannel home = new EmbeddedChannel();
    private final List<String> here = new ArrayList<>();
    private final List<String> throughTunnel = new ArrayList<>();
    private Device device = Device.HERE;
    private List<InetAddress> addresses = List.of(InetAddress.getLoopbackAddress());

    @AfterEach
    void close() {
        home.close();
    }

    private Resolver resolver(List<String> asked) {
        return (name, loop) -> {
            asked.add(name.value());
            return addresses.isEmpty()
                    ? loop.newFailedFuture(new Failure(Failure.Kind.UNRESOLVED, "no such name"))
                    : loop.newSucceededFuture(addresses);
        };
    }

    private Generation generation(String rules) {
        return Built.generation(1, rules, Map.of(), resolver(here), resolver(throughTunnel))
                .withDevices((source, loop) -> loop.newSucceededFuture(device));
    }

    private Decision decide(String rules, String destination) {
        return decide(rules, destination, Optional.empty());
    }

    private Decision decide(String rules, String destination, Optional<Host.Name> sniffed) {
        Flow flow = new Flow(
                1,
                Transport.TCP,
                "in",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 50000),
                Destination.parse(destination),
                Optional.empty());
        List<Decision> made = new ArrayList<>();
        Question question = Question.of(flow).sniffed(sniffed, Optional.empty());
        Routing.decide(generation(rules), question, home.eventLoop(), made::add);
        assertThat(made).hasSize(1);
        return made.get(0);
    }

    private static String target(Decision decision) {
        return decision instanceof Decision.Via via ? via.outbound() : "block";
    }

    @Test
    void a_rule_that_resolves_is_answered_and_the_rest_goes_on_from_there() {
        String rules = "rules: [{ip-cidr: 127.0.0.0/8, resolve: true, to: block}, {to: direct}]";
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("block");
        addresses = List.of(Destination.parse("203.0.113.1:1").host() instanceof Host.Address a ? a.value() : null);
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("direct");
        assertThat(here).containsExactly("a.test", "a.test");
    }

    @Test
    void a_name_without_an_address_matches_no_rule_that_resolves() {
        addresses = List.of();
        assertThat(target(
                        decide("rules: [{ip-cidr: 127.0.0.0/8, resolve: true, to: block}, {to: direct}]", "a.test:80")))
                .isEqualTo("direct");
    }

    @Test
    void nothing_is_looked_up_for_rules_that_stand_before() {
        String rules =
                "rules: [{domain: a.test, to: direct}, {ip-cidr: 127.0.0.0/8, resolve: true, to: block}, {to: direct}]";
        decide(rules, "a.test:80");
        decide(rules, "192.0.2.1:80");
        assertThat(here).isEmpty();
    }

    @Test
    void a_name_that_a_later_rule_sends_to_a_tunnel_is_looked_up_through_it() {
        String rules = FAR + """
                rules:
                  - {ip-cidr: 10.0.0.0/8, resolve: true, to: direct}
                  - {domain-suffix: openai.test, to: far}
                  - {to: direct}
                """;
        assertThat(target(decide(rules, "chat.openai.test:443"))).isEqualTo("far");
        assertThat(here).isEmpty();
        assertThat(throughTunnel).containsExactly("chat.openai.test");
        decide(rules, "other.test:443");
        assertThat(here).containsExactly("other.test");
    }

    @Test
    void the_program_is_asked_for_once_a_rule_needs_it() {
        String rules = FAR + "rules: [{process: curl, to: far}, {process: wget, to: block}, {to: direct}]";
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("far");
        assertThat(target(decide("rules: [{process: wget, to: block}, {to: direct}]", "a.test:80")))
                .isEqualTo("direct");
    }

    @Test
    void the_device_is_found_out_once_a_rule_needs_it() {
        String rules = FAR + """
                rules:
                  - {source-mac: "02:00:00:00:00:01", domain: a.test, to: far}
                  - {source-mac: "02:00:00:00:00:01", to: block}
                  - {to: direct}
                """;
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("direct"); // this machine is no device
        device = new Device(Optional.of(Mac.parse("02:00:00:00:00:01")), Optional.empty(), true);
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("far");
        assertThat(decide(rules, "b.test:80")).isInstanceOf(Decision.Block.class);
        device = Device.UNKNOWN;
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("far");
        assertThat(target(decide(rules, "b.test:80"))).isEqualTo("direct");
        assertThat(here).isEmpty();
    }

    @Test
    void who_asks_is_found_out_before_a_name_is_looked_up_that_only_he_asks_through_a_tunnel() {
        String rules = FAR + """
                rules:
                  - {ip-cidr: 10.0.0.0/8, resolve: true, to: direct}
                  - {domain: a.test, source-mac: "02:00:00:00:00:01", to: far}
                  - {domain: b.test, process: curl, to: far}
                  - {to: direct}
                """;
        device = new Device(Optional.of(Mac.parse("02:00:00:00:00:01")), Optional.empty(), true);
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("far");
        assertThat(target(decide(rules, "b.test:80"))).isEqualTo("far");
        assertThat(here).isEmpty();
        assertThat(throughTunnel).containsExactly("a.test", "b.test");
        device = Device.HERE;
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("direct");
        assertThat(here).containsExactly("a.test");
    }

    @Test
    void a_program_and_addresses_can_both_be_needed() {
        String rules = FAR + """
                rules:
                  - {process: wget, to: block}
                  - {ip-cidr: 127.0.0.0/8, resolve: true, process: curl, to: far}
                  - {to: direct}
                """;
        assertThat(target(decide(rules, "a.test:80"))).isEqualTo("far");
    }

    @Test
    void names_may_be_asked_in_the_plain_where_they_go_direct_or_a_rule_must_know_their_addresses() {
        String rules = FAR + """
                groups: {open: {type: fallback, members: [far, direct]}}
                rules:
                  - {domain: far.test, to: far}
                  - {domain: open.test, to: open}
                  - {domain: bad.test, to: block}
                  - {domain: alt.test, port: 8443, to: far}
                  - {domain: alt.test, to: direct}
                  - {process: wget, domain: wget.test, to: far}
                  - {ip-cidr: 10.0.0.0/8, resolve: true, to: direct}
                  - {domain: later.test, to: far}
                  - {to: far}
                """;
        Generation generation = Built.generation(1, rules, Map.of(), resolver(here), resolver(throughTunnel));
        assertThat(List.of("far.test", "open.test", "bad.test", "alt.test", "wget.test", "later.test", "any.test"))
                .filteredOn(name -> Routing.asksPlainly(generation, new Host.Name(name)))
                .containsExactly("open.test", "alt.test", "wget.test", "any.test");
        assertThat(here).isEmpty();
        assertThat(throughTunnel).isEmpty();
    }

    @Test
    void of_the_name_that_was_asked_for_and_the_one_that_is_sniffed_the_stricter_decides() {
        String rules = FAR + """
                rules:
                  - {domain: ads.test, to: block}
                  - {domain-suffix: openai.test, to: far}
                  - {to: direct}
                """;
        Optional<Host.Name> openai = Optional.of((Host.Name) Host.parse("chat.openai.test"));
        Optional<Host.Name> ads = Optional.of((Host.Name) Host.parse("ads.test"));
        Optional<Host.Name> plain = Optional.of((Host.Name) Host.parse("other.plain.test"));
        assertThat(target(decide(rules, "www.plain.test:443", openai))).isEqualTo("far");
        assertThat(target(decide(rules, "www.plain.test:443", ads))).isEqualTo("block");
        assertThat(target(decide(rules, "www.plain.test:443", plain))).isEqualTo("direct");
        assertThat(target(decide(rules, "chat.openai.test:443", plain))).isEqualTo("far");
        assertThat(target(decide(rules, "ads.test:443", openai))).isEqualTo("block");
    }

    @Test
    void what_the_program_wants_from_a_tunnelled_name_goes_through_that_tunnel() {
        ScriptedOutbound far = new ScriptedOutbound("far");
        ScriptedOutbound other = new ScriptedOutbound("other");
        ScriptedOutbound direct = new ScriptedOutbound("direct");
        Generation generation = Built.generation(
                1, """
                outbounds: {far: {type: socks5, server: "127.0.0.1:9"}, other: {type: socks5, server: "127.0.0.1:9"}}
                rules:
                  - {ip-cidr: 127.0.0.0/8, resolve: true, to: direct}
                  - {domain-suffix: openai.test, to: far}
                  - {domain: ads.test, to: block}
                  - {to: direct}
                """, Map.of("far", far, "other", other, "direct", direct), resolver(here), resolver(throughTunnel));
        assertThat(Routing.ownWay(generation, "direct", Destination.parse("lists.openai.test:443")))
                .isSameAs(far);
        assertThat(Routing.ownWay(generation, "other", Destination.parse("lists.openai.test:443")))
                .isSameAs(other);
        assertThat(Routing.ownWay(generation, "direct", Destination.parse("ads.test:443")))
                .isSameAs(direct);
        assertThat(Routing.ownWay(generation, "direct", Destination.parse("192.0.2.1:443")))
                .isSameAs(direct);
        assertThat(Routing.ownWay(generation, "gone", Destination.parse("www.plain.test:443")))
                .isNull();
        assertThat(here).isEmpty();
        assertThat(throughTunnel).isEmpty();
    }
}

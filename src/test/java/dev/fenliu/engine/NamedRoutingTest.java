package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.route.Decision;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamedRoutingTest {
    private static final String RULES = """
            outbounds:
              far: {type: socks5, server: "127.0.0.1:9"}
              away: {type: socks5, server: "127.0.0.1:9"}
            groups: {either: {type: fallback, members: [far, direct]}}
            rules:
              - {domain-suffix: far.test, to: far}
              - {domain-suffix: away.test, to: away}
              - {domain-suffix: ads.test, to: block}
              - {domain-suffix: either.test, to: either}
              - {domain-suffix: router.test, to: direct}
              - {ip-cidr: 192.168.9.0/24, to: direct}
              - {to: direct}
            """;

    private final EmbeddedChannel home = new EmbeddedChannel();
    private final Generation generation = Built.generation(1, RULES, Map.of());

    @AfterEach
    void close() {
        home.close();
    }

    private Ruling decide(String host, String claimed, String... told) {
        List<Ruling> made = new ArrayList<>();
        NamedRouting.decide(
                generation,
                Questions.about(host).sniffed(Optional.ofNullable(claimed).map(Host.Name::new), Optional.empty()),
                Stream.of(told).map(Host.Name::new).toList(),
                home.eventLoop(),
                made::add);
        assertThat(made).hasSize(1);
        return made.get(0);
    }

    private static String words(Ruling ruling) {
        String target = ruling.decision() instanceof Decision.Via via ? via.outbound() : "block";
        return target + ruling.name().map(name -> " for " + name).orElse("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "             |                                | direct",
                "www.far.test |                                | far for www.far.test",
                "             | www.far.test                   | far for www.far.test",
                "             | plain.test                     | direct for plain.test",
                "             | plain.test www.far.test        | far for www.far.test",
                "             | a.far.test b.away.test         | far for a.far.test",
                "             | a.far.test x.ads.test p.test   | block for x.ads.test",
                "plain.test   | www.far.test                   | far for www.far.test",
                "plain.test   | www.far.test plain.test        | direct for plain.test",
                "plain.test   | other.test                     | direct for plain.test",
                "www.far.test | plain.test                     | far for www.far.test",
                "www.far.test | b.away.test                    | far for www.far.test",
                "www.far.test | x.ads.test                     | block for x.ads.test",
                "x.ads.test   | www.far.test                   | block for x.ads.test",
                "either.test  | www.far.test                   | far for www.far.test",
                "plain.test   | either.test                    | direct for plain.test",
            })
    void who_decides_about_a_bare_address(String claimed, String told, String expected) {
        String[] names = told == null ? new String[0] : told.split(" ", -1);
        assertThat(words(decide("203.0.113.7", claimed, names))).isEqualTo(expected);
    }

    @Test
    void a_flow_to_a_name_goes_the_stricter_way_of_that_name_and_the_claimed_one() {
        assertThat(words(decide("plain.test", "other.test"))).isEqualTo("direct");
        assertThat(words(decide("plain.test", "www.far.test"))).isEqualTo("far");
        assertThat(words(decide("www.far.test", "plain.test"))).isEqualTo("far");
    }

    private boolean opens(String host, String claimed, String... told) {
        return ((Decision.Via) decide(host, claimed, told).decision()).namesHost();
    }

    @Test
    void a_claim_opens_no_private_address_that_no_rule_names() {
        assertThat(opens("192.168.1.1", null)).isFalse();
        assertThat(opens("192.168.1.1", "router.test")).as("claimed").isFalse();
        assertThat(opens("fd00::1", "router.test")).as("claimed").isFalse();
        assertThat(opens("192.168.1.1", "router.test", "router.test"))
                .as("told by us")
                .isTrue();
        assertThat(opens("192.168.9.1", "router.test")).as("a rule names it").isTrue();
        assertThat(opens("router.test", null)).as("by name").isTrue();
    }

    @Test
    void what_a_rule_says_of_addresses_counts_with_every_name() {
        Generation first = Built.generation(
                1, RULES.replace("rules:\n", "rules:\n  - {ip-cidr: 203.0.113.7, to: block}\n"), Map.of());
        List<Ruling> made = new ArrayList<>();
        NamedRouting.decide(
                first,
                Questions.about("203.0.113.7"),
                Arrays.asList(new Host.Name("www.far.test"), new Host.Name("p.test")),
                home.eventLoop(),
                made::add);
        assertThat(words(made.get(0))).startsWith("block");
    }
}

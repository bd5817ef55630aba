package dev.fenliu.control.clash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Transport;
import dev.fenliu.route.Condition;
import dev.fenliu.route.PortRange;
import dev.fenliu.route.list.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RuleWordsTest {
    private static final Condition.LookUp LOOK = Condition.LookUp.NEVER;

    private static String words(Condition condition) {
        RuleWords words = RuleWords.of(condition);
        return words.type() + " " + words.payload();
    }

    private static Condition name(Condition.NameKind kind, String... values) {
        return new Condition.Name(kind, List.of(values));
    }

    @Test
    void every_condition_has_the_word_that_clash_has_for_it() {
        Cidr network = Objects.requireNonNull(Cidr.parse("10.0.0.0/8"));
        assertThat(words(Condition.always())).isEqualTo("Match ");
        assertThat(words(name(Condition.NameKind.EXACT, "a.test"))).isEqualTo("Domain a.test");
        assertThat(words(name(Condition.NameKind.SUFFIX, "a.test", "b.test"))).isEqualTo("DomainSuffix a.test,b.test");
        assertThat(words(name(Condition.NameKind.KEYWORD, "ads"))).isEqualTo("DomainKeyword ads");
        assertThat(words(name(Condition.NameKind.WILDCARD, "*.a"))).isEqualTo("DomainWildcard *.a");
        assertThat(words(name(Condition.NameKind.REGEX, "^a"))).isEqualTo("DomainRegex ^a");
        assertThat(words(new Condition.InSet(List.of("ads"), LOOK))).isEqualTo("RuleSet ads");
        assertThat(words(new Condition.InNetwork(List.of(network), LOOK))).isEqualTo("IPCIDR 10.0.0.0/8");
        assertThat(words(new Condition.InCountry(List.of("CN"), LOOK))).isEqualTo("GeoIP CN");
        assertThat(words(new Condition.InAsn(List.of(13335L), LOOK))).isEqualTo("IPASN 13335");
        assertThat(words(new Condition.Port(List.of(new PortRange(80, 81))))).isEqualTo("DstPort 80-81");
        assertThat(words(new Condition.Source(List.of(network)))).isEqualTo("SrcIPCIDR 10.0.0.0/8");
        assertThat(words(new Condition.SourcePort(List.of(new PortRange(7, 7)))))
                .isEqualTo("SrcPort 7");
        assertThat(words(new Condition.Network(Set.of(Transport.UDP)))).isEqualTo("Network udp");
        assertThat(words(new Condition.Word(Condition.WordKind.PROCESS, List.of("curl"))))
                .isEqualTo("ProcessName curl");
        assertThat(words(new Condition.Word(Condition.WordKind.LISTENER, List.of("lan"))))
                .isEqualTo("InName lan");
    }

    @Test
    void what_is_put_together_is_written_as_clash_writes_it() {
        Condition ads = new Condition.InSet(List.of("ads"), LOOK);
        Condition web = new Condition.Port(List.of(new PortRange(443, 443)));
        assertThat(words(new Condition.All(List.of(ads)))).isEqualTo("RuleSet ads");
        assertThat(words(new Condition.Any(List.of(ads)))).isEqualTo("RuleSet ads");
        assertThat(words(new Condition.All(List.of(ads, new Condition.Not(web)))))
                .isEqualTo("AND ((RuleSet,ads),(NOT,((DstPort,443))))");
        assertThat(words(new Condition.Any(List.of(ads, web)))).isEqualTo("OR ((RuleSet,ads),(DstPort,443))");
        assertThat(words(new Condition.Not(Condition.always()))).isEqualTo("NOT ((Match))");
    }

    @Test
    void of_many_values_the_first_are_shown() {
        String[] names = IntStream.range(0, 5000).mapToObj(i -> "n" + i).toArray(String[]::new);
        assertThat(words(name(Condition.NameKind.EXACT, names)))
                .isEqualTo("Domain n0,n1,n2,n3,n4,n5,n6,n7,n8,n9,… (5000)");
    }

    @Test
    void outbounds_and_listeners_are_called_as_there() {
        assertThat(List.of(
                        "select", "fastest", "fallback", "load-balance", "block", "direct", "https2", "vless", "ssh"))
                .extracting(Types::of)
                .containsExactly(
                        "Selector", "URLTest", "Fallback", "LoadBalance", "Reject", "Direct", "Http", "Vless", "Ssh");
        assertThat(List.of("mixed", "http", "socks", "transparent", ""))
                .extracting(Types::listener)
                .containsExactly("Mixed", "HTTP", "Socks5", "TProxy", "Unknown");
    }
}

package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Addresses;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DnsKeysTest {
    @TempDir
    Path folder;

    private final Problems problems = new Problems();

    private DnsOptions parse(String yaml) {
        Section section = Section.open(YamlReader.read("c.yaml", folder, yaml, problems), "dns", DnsKeys.ALL, problems);
        return DnsKeys.parse(section);
    }

    private DnsOptions good(String yaml) {
        DnsOptions options = parse(yaml);
        assertThat(problems.all()).isEmpty();
        return options;
    }

    @Test
    void an_empty_mapping_has_the_defaults() {
        DnsOptions options = good("");
        assertThat(options).isEqualTo(DnsOptions.DEFAULT);
        assertThat(options.direct().stream().map(Upstream::text))
                .containsExactly("https://223.5.5.5/dns-query", "https://1.12.12.12/dns-query#doh.pub", "system");
        assertThat(options.bootstrapUpstreams()).isEqualTo(options.direct());
        assertThat(options.cache().stale()).isEqualTo(Duration.ofHours(12));
    }

    @Test
    void all_keys_are_read() throws Exception {
        Path ca = Files.writeString(folder.resolve("ca.pem"), "");
        DnsOptions options = good("""
                direct:
                  - {url: "tls://dns.example", address: 192.0.2.7, ca: ca.pem, sni: other.example,
                     pin: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
                  - udp://192.0.2.8
                tunnel: https://1.1.1.1/dns-query
                bootstrap: [192.0.2.9]
                hosts: {nas.lan: 192.168.1.10, "*.Corp.example.": [10.0.0.1, "fd00::1"]}
                cache: {size: 1MB, stale: 10m, stale-on-error: 1d, persist: no}
                ipv6: no
                """);
        Upstream first = options.direct().get(0);
        assertThat(first.host()).hasToString("Optional[192.0.2.7:853]");
        assertThat(first.tls().authorities()).contains(ca);
        assertThat(first.tls().serverName()).contains("other.example");
        assertThat(first.tls().pin()).isPresent();
        assertThat(options.tunnel()).hasSize(1);
        assertThat(options.bootstrapUpstreams()).extracting(Upstream::text).containsExactly("udp://192.0.2.9");
        assertThat(options.local().hosts()).containsOnlyKeys("nas.lan", "*.corp.example");
        assertThat(options.local().hosts().get("*.corp.example"))
                .isEqualTo(List.of(Addresses.parse("10.0.0.1"), Addresses.parse("fd00::1")));
        assertThat(options.cache())
                .isEqualTo(new CacheOptions(1 << 20, Duration.ofMinutes(10), Duration.ofDays(1), false));
        assertThat(options.replies().ipv6()).isEqualTo(DnsOptions.Ipv6.NO);
    }

    @Test
    void upstreams_with_names_are_not_used_to_find_names() {
        DnsOptions options = good("direct: [tls://dns.example, tcp://192.0.2.1]");
        assertThat(options.bootstrapUpstreams().stream().map(Upstream::text))
                .containsExactly("tcp://192.0.2.1", "system");
    }

    @Test
    void stale_on_error_is_at_least_stale() {
        assertThat(good("cache: {stale: 2d}").cache().staleOnError()).isEqualTo(Duration.ofDays(2));
    }

    @Test
    void everything_wrong_is_reported_with_its_place() {
        parse("""
                dirct: system
                direct: [htps://dns.example, {url: "udp://192.0.2.1", sni: x.example}, {adress: 192.0.2.1}]
                bootstrap: tls://dns.example
                hosts: {"a b": 10.0.0.1, c: 10.0.0}
                cache: {sise: 1MB}
                ipv6: maybe
                """);
        assertThat(problems.all().stream().map(p -> p.position().line() + ": " + p.message()))
                .satisfiesExactly(
                        p -> assertThat(p).startsWith("1: unknown key \"dirct\""),
                        p -> assertThat(p).startsWith("2: ").contains("htps").contains("https"),
                        p -> assertThat(p).startsWith("2: ").contains("speaks no TLS"),
                        p -> assertThat(p).startsWith("2: ").contains("needs the key \"url\""),
                        p -> assertThat(p).startsWith("2: unknown key \"adress\""),
                        p -> assertThat(p).startsWith("3: ").contains("nothing could resolve"),
                        p -> assertThat(p).startsWith("4: ").contains("\"a b\""),
                        p -> assertThat(p).startsWith("4: ").contains("10.0.0"),
                        p -> assertThat(p).startsWith("5: unknown key \"sise\""),
                        p -> assertThat(p).startsWith("6: ").contains("maybe"));
    }

    @Test
    void a_name_that_cannot_be_one_and_a_missing_file_are_reported() {
        parse("hosts: {\"a b\": 10.0.0.1, 10.0.0.2: 10.0.0.1}\ndirect: {url: tls://192.0.2.1, ca: none.pem}");
        assertThat(problems.all()).hasSize(3);
        parse("direct: []");
        assertThat(problems.all()).hasSize(4);
    }
}

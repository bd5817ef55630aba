package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.route.list.Cidr;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FakeRangesTest {
    private static final FakeRanges SMALL = new FakeRanges(Cidr.parse("10.9.8.0/24"), Cidr.parse("fd00:1:2::/112"));

    @ParameterizedTest
    @CsvSource({
        "1, 198.18.0.1, fc00::1",
        "256, 198.18.1.0, fc00::100",
        "65535, 198.18.255.255, fc00::ffff",
    })
    void a_place_has_an_address_of_each_family(int place, String four, String six) {
        FakeRanges ranges = FakeRanges.DEFAULT;
        assertThat(ranges.places()).isEqualTo(65_535);
        assertThat(ranges.addresses(place)).containsExactly(Addresses.parse(four), Addresses.parse(six));
        assertThat(ranges.place(Addresses.parse(four))).isEqualTo(place);
        assertThat(ranges.place(Addresses.parse(six))).isEqualTo(place);
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.8.0, 0, true",
        "10.9.8.254, 254, true",
        "10.9.8.255, 0, true",
        "10.9.9.1, 0, false",
        "10.9.7.255, 0, false",
        "fd00:1:2::fe, 254, true",
        "fd00:1:2::ff, 0, true",
        "fd00:1:2::1:1, 0, false",
        "fd00:1:3::1, 0, false",
        "198.18.0.1, 0, false",
        "255.255.255.255, 0, false",
    })
    void no_other_address_has_a_place(String address, int place, boolean inside) {
        assertThat(SMALL.places()).isEqualTo(254);
        assertThat(SMALL.place(Addresses.parse(address))).isEqualTo(place);
        assertThat(SMALL.contain(Addresses.parse(address))).isEqualTo(inside);
    }

    private final Problems problems = new Problems();

    private FakeOptions parse(String yaml) {
        Section section =
                Section.open(YamlReader.read("c.yaml", Path.of(""), yaml, problems), "dns", DnsKeys.ALL, problems);
        return DnsKeys.parse(section).replies().fake();
    }

    @Test
    void it_is_off_until_it_is_wanted_and_then_has_usual_ranges() {
        assertThat(parse("").on()).isFalse();
        assertThat(parse("fake-ip: no").on()).isFalse();
        assertThat(parse("fake-ip: yes").ranges()).isEqualTo(FakeRanges.DEFAULT);
        FakeOptions options = parse("fake-ip: {ipv4: 10.9.8.7/24, ipv6: 'fd00:1:2::/112', except: [Real.test]}");
        assertThat(problems.all()).isEmpty();
        assertThat(options.ranges()).isEqualTo(SMALL);
        assertThat(options.cover(new Host.Name("www.real.test"))).isFalse();
        assertThat(options.cover(new Host.Name("real.test"))).isFalse();
        assertThat(options.cover(new Host.Name("unreal.test"))).isTrue();
        assertThat(FakeOptions.OFF.cover(new Host.Name("unreal.test"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fake-ip: maybe | \"fake-ip\": \"maybe\" (expected: true or false)",
                "fake-ip: {ipv4: 10.0.0.1} | \"ipv4\": \"10.0.0.1\" (expected: a network of 8 to 24 bits, such as 198.18.0.0/15)",
                "fake-ip: {ipv4: 'fd00::/112'} | \"ipv4\": \"fd00::/112\" (expected: a network of 8 to 24 bits, such as 198.18.0.0/15)",
                "fake-ip: {ipv4: 10.0.0.0/25} | \"ipv4\": \"10.0.0.0/25\" (expected: a network of 8 to 24 bits, such as 198.18.0.0/15)",
                "fake-ip: {ipv6: 'fd00::/113'} | \"ipv6\": \"fd00::/113\" (expected: a network of 8 to 112 bits, such as fc00::/18)",
                "fake-ip: {range: 10.0.0.0/8} | unknown key \"range\" in \"fake-ip\"",
            })
    void what_is_wrong_is_told_where_it_stands(String yaml, String message) {
        parse(yaml);
        assertThat(problems.all())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).isEqualTo(message));
    }
}

package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "10.1.2.3/8, 10.0.0.0/8",
        "192.0.2.1, 192.0.2.1/32",
        "2001:DB8::1, 2001:db8::1/128",
        "2001:db8:ffff::/33, 2001:db8:8000::/33",
        "::ffff:10.0.0.0/104, 10.0.0.0/8",
        "::ffff:10.0.0.1, 10.0.0.1/32",
        "0.0.0.0/0, 0.0.0.0/0",
        "::/0, ::/0",
    })
    void networks_and_addresses_are_read(String text, String expected) {
        assertThat(Cidr.parse(text)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/0008",
                "10.0.0/8",
                "10/8",
                "::/129",
                "::ffff:10.0.0.0/95",
                "example.org/8",
                "10.0.0.0/8/8",
                "fe80::1%eth0/64",
                "10.0.0.0/255.0.0.0"
            })
    void anything_else_is_no_network(String text) {
        assertThat(Cidr.parse(text)).isNull();
    }

    @Test
    void the_last_address_has_all_free_bits_set() {
        assertThat(Addresses.text(Cidr.parse("10.0.0.0/9").last())).isEqualTo("10.127.255.255");
        assertThat(Addresses.text(Cidr.parse("::/0").last())).isEqualTo("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        assertThat(Addresses.text(Cidr.parse("::/127").last())).isEqualTo("::1");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0, 10.255.255.255, 10.0.0.0/8",
        "0.0.0.0, 255.255.255.255, 0.0.0.0/0",
        "10.0.0.1, 10.0.0.6, 10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32",
        "255.255.255.255, 255.255.255.255, 255.255.255.255/32",
        "::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ::/0",
        "::1, ::2, ::1/128 ::2/128",
        "fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fc00::/7",
    })
    void a_range_is_covered_by_the_fewest_networks(String from, String to, String expected) {
        List<Cidr> networks = Cidr.covering(Addresses.parse(from), Addresses.parse(to));
        assertThat(networks).map(Cidr::toString).containsExactly(expected.split(" ", -1));
    }
}

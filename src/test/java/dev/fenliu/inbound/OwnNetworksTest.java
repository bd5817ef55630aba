package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnNetworksTest {
    @ParameterizedTest
    @CsvSource({
        "2001:db8:77::1, 64, 2001:db8:77::abcd:1, true",
        "2001:db8:77::1, 64, 2001:db8:77:1::1, false",
        "2001:db8:77::1, 61, 2001:db8:77:7::1, true",
        "2001:db8:77::1, 61, 2001:db8:77:8::1, false",
        "2001:db8:77::1, 128, 2001:db8:77::1, true",
        "2001:db8:77::1, 128, 2001:db8:77::2, false",
        "198.51.100.1, 25, 198.51.100.127, true",
        "198.51.100.1, 25, 198.51.100.128, false",
        "198.51.100.1, 25, 2001:db8::1, false",
    })
    void a_network_is_what_has_its_prefix(String address, int prefix, String other, boolean contains) {
        assertThat(new OwnNetworks.Network(Addresses.parse(address), prefix, false).contains(Addresses.parse(other)))
                .isEqualTo(contains);
    }

    @Test
    void a_gateway_serves_its_own_networks_and_private_ones_and_nobody_else() {
        assertThat(OwnNetworks.contain(Addresses.parse("127.1.2.3"))).isTrue();
        assertThat(Access.ROUTED.allows(Addresses.parse("192.168.1.2"))).isTrue();
        assertThat(Access.ROUTED.allows(Addresses.parse("::1"))).isTrue();
        assertThat(Access.ROUTED.allows(Addresses.parse("203.0.113.7"))).isFalse();
        assertThat(Access.ROUTED.allows(Addresses.parse("2001:db8::1"))).isFalse();
    }
}

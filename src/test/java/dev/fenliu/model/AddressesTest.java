package dev.fenliu.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    private static InetAddress address(String text) {
        return Objects.requireNonNull(Addresses.parse(text), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "169.254.1.1",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "::ffff:192.168.0.1"
            })
    void private_networks_are_known(String text) {
        assertThat(Addresses.isPrivate(address(text))).isTrue();
        assertThat(Addresses.isInternal(address(text))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "172.32.0.1",
                "100.128.0.1",
                "192.169.0.1",
                "2001:db8::1",
                "ff02::1",
                "127.0.0.1",
                "::1"
            })
    void other_networks_are_not_private(String text) {
        assertThat(Addresses.isPrivate(address(text))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "169.254.169.254",
                "::",
                "::1",
                "ff02::1",
                "fe80::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a00:1",
                "2002:7f00:1::",
                "2002:a00:1::",
                "240.0.0.1"
            })
    void no_stranger_reaches_internal_addresses_in_any_spelling(String text) {
        assertThat(Addresses.isInternal(address(text))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "2606:4700::1", "64:ff9b::101:101", "2002:101:101::"})
    void the_internet_is_not_internal(String text) {
        assertThat(Addresses.isInternal(address(text))).isFalse();
    }

    @Test
    void text_and_parse_are_inverse() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[i % 2 == 0 ? 4 : 16];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                if (random.nextInt(3) == 0) {
                    bytes[j] = 0;
                }
            }
            InetAddress address = Addresses.of(bytes);
            assertThat(Addresses.parse(Addresses.text(address))).isEqualTo(Addresses.plain(address));
        }
    }
}

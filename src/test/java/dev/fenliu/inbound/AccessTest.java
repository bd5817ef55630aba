package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Addresses;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static ListenerSettings settings(String address, Map<String, Secret> users, boolean trusted) {
        InetSocketAddress listen = new InetSocketAddress(Addresses.parse(address), 7890);
        return new ListenerSettings("mixed", "lan", listen, users, trusted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "10.255.255.255",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "febf::1"
            })
    void private_sources_may_use_a_lan_listener_only(String source) {
        assertThat(Access.LAN.allows(Addresses.parse(source))).isTrue();
        assertThat(Access.LOOPBACK.allows(Addresses.parse(source))).isFalse();
        assertThat(Access.ALL.allows(Addresses.parse(source))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "0.0.0.0",
                "224.0.0.1",
                "2001:db8::1",
                "fbff::1",
                "fe00::1",
                "fec0::1",
                "::",
                "ff02::1"
            })
    void public_sources_may_use_the_server_end_of_a_tunnel_only(String source) {
        assertThat(Access.LAN.allows(Addresses.parse(source))).isFalse();
        assertThat(Access.LOOPBACK.allows(Addresses.parse(source))).isFalse();
        assertThat(Access.ALL.allows(Addresses.parse(source))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
    void this_machine_may_use_every_listener(String source) {
        for (Access access : Access.values()) {
            assertThat(access.allows(Addresses.parse(source))).isTrue();
        }
    }

    @Test
    void the_access_follows_from_the_address_and_the_kind_of_listener() {
        assertThat(Access.of(settings("127.0.0.1", Map.of(), false), false)).isEqualTo(Access.LOOPBACK);
        assertThat(Access.of(settings("::1", Map.of(), false), false)).isEqualTo(Access.LOOPBACK);
        assertThat(Access.of(settings("0.0.0.0", Map.of(), false), false)).isEqualTo(Access.LAN);
        assertThat(Access.of(settings("::", Map.of(), false), false)).isEqualTo(Access.LAN);
        assertThat(Access.of(settings("203.0.113.1", Map.of(), true), false)).isEqualTo(Access.LAN);
        assertThat(Access.of(settings("0.0.0.0", Map.of(), false), true)).isEqualTo(Access.ALL);
    }

    @Test
    void a_listener_for_the_network_needs_users_or_trust() {
        ListenerSettings open = settings("0.0.0.0", Map.of(), false);
        assertThat(Access.LAN.refusal(open, true))
                .hasValueSatisfying(
                        message -> assertThat(message).contains("\"lan\"", "users:", "lan: trusted", "127.0.0.1:7890"));
        assertThat(Access.LAN.refusal(open, false))
                .hasValueSatisfying(message -> assertThat(message)
                        .contains("lan: trusted", "127.0.0.1:7890")
                        .doesNotContain("users:"));
        assertThat(Access.LAN.refusal(settings("0.0.0.0", Map.of("anna", new Secret("x")), false), true))
                .isEmpty();
        assertThat(Access.LAN.refusal(settings("0.0.0.0", Map.of(), true), true))
                .isEmpty();
        for (Access access : new Access[] {Access.LOOPBACK, Access.ROUTED, Access.ALL}) {
            assertThat(access.refusal(open, true)).isEmpty();
        }
    }
}

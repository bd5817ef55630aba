package dev.fenliu.lan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeasesTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

    private static InetAddress address(String text) {
        return Objects.requireNonNull(Addresses.parse(text));
    }

    private static Leases leases(String dnsmasq) {
        return new Leases(LeaseText.parse(dnsmasq), NOW, true);
    }

    private static Optional<Mac> mac(int last) {
        return Optional.of(Mac.parse("00:1b:63:aa:bb:0" + last));
    }

    @Test
    void a_name_has_the_addresses_of_its_device_alone_and_in_the_local_domains() {
        Leases leases = leases("""
                0 00:1b:63:aa:bb:01 192.168.1.5 tv *
                0 00:1b:63:aa:bb:01 192.168.1.9 tv *
                0 99 fd00::5 tv 00:03:00:01:00:1b:63:aa:bb:01
                """);
        for (String host : new String[] {"tv", "tv.lan", "tv.local", "tv.internal", "tv.home.arpa"}) {
            assertThat(leases.find(host))
                    .containsExactly(address("192.168.1.5"), address("192.168.1.9"), address("fd00::5"));
        }
        for (String host : new String[] {"tv.example", "tv.lan.example", "a.tv", "lan", "tv.lan.lan"}) {
            assertThat(leases.find(host)).as(host).isNull();
        }
        assertThat(leases.nameOf(address("fd00::5"))).isEqualTo("tv.lan");
        assertThat(leases.nameOf(address("192.168.1.6"))).isNull();
    }

    @Test
    void a_second_device_does_not_get_the_name_of_the_first() {
        Leases leases = leases("""
                0 00:1b:63:aa:bb:01 192.168.1.5 nas *
                0 00:1b:63:aa:bb:02 192.168.1.6 nas *
                0 9 fd00::6 nas 00:02:00:00:ab:11:01
                0 9 fd00::7 nas 00:02:00:00:ab:11:02
                """);
        assertThat(leases.find("nas")).containsExactly(address("192.168.1.5"), address("fd00::6"));
        assertThat(leases.nameOf(address("192.168.1.6"))).isNull();
    }

    @Test
    void the_end_of_a_lease_frees_the_address_but_the_device_keeps_its_name() {
        Leases leases = leases("""
                1699999999 00:1b:63:aa:bb:01 192.168.1.5 tv *
                1700000060 00:1b:63:aa:bb:02 192.168.1.6 nas *
                """);
        assertThat(leases.find("tv")).isNull();
        assertThat(leases.nameOf(address("192.168.1.5"))).isNull();
        assertThat(leases.deviceName(address("192.168.1.5"), mac(1))).contains("tv");
        assertThat(leases.holds(NOW)).isTrue();
        assertThat(leases.holds(NOW.plusSeconds(60))).isFalse();
    }

    @Test
    void the_name_goes_with_the_hardware_address_and_not_with_whoever_took_the_address() {
        Leases leases = leases("""
                0 00:1b:63:aa:bb:01 192.168.1.5 tv *
                0 9 fd00::7 odd 00:02:00:00:ab:11:01
                """);
        assertThat(leases.deviceName(address("fe80::1"), mac(1))).contains("tv");
        assertThat(leases.deviceName(address("192.168.1.5"), mac(2))).isEmpty();
        assertThat(leases.deviceName(address("192.168.1.5"), Optional.empty())).contains("tv");
        assertThat(leases.deviceName(address("fd00::7"), mac(3))).contains("odd");
    }
}

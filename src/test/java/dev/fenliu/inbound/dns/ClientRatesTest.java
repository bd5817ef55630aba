package dev.fenliu.inbound.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClientRatesTest {
    private long now = Long.MAX_VALUE - 1000; // a clock may start anywhere
    private final ClientRates rates = new ClientRates(() -> now);

    private long admitted(String client, int times) {
        InetAddress address = Addresses.parse(client);
        return IntStream.range(0, times).filter(i -> rates.admits(address)).count();
    }

    @Test
    void a_client_may_ask_much_at_once_and_then_as_often_as_the_rate_says() {
        assertThat(admitted("192.168.1.2", 1000)).isEqualTo(ClientRates.AT_ONCE);
        now += TimeUnit.SECONDS.toNanos(1);
        assertThat(admitted("192.168.1.2", 1000)).isEqualTo(ClientRates.PER_SECOND);
        now += TimeUnit.HOURS.toNanos(1);
        assertThat(admitted("192.168.1.2", 1000)).isEqualTo(ClientRates.AT_ONCE);
    }

    @Test
    void one_client_takes_nothing_from_another() {
        admitted("192.168.1.2", 1000);
        assertThat(admitted("192.168.1.3", 10)).isEqualTo(10);
    }

    @Test
    void the_devices_of_one_ipv6_network_take_nothing_from_each_other() {
        admitted("fe80::1", 1000);
        assertThat(admitted("fe80::1", 10)).isZero();
        assertThat(admitted("fe80::2", 10)).isEqualTo(10);
    }

    @Test
    void this_machine_may_ask_without_end() {
        assertThat(admitted("127.0.0.1", 10_000)).isEqualTo(10_000);
        assertThat(admitted("::1", 10_000)).isEqualTo(10_000);
    }

    @Test
    void who_has_not_asked_for_long_is_forgotten_for_others() {
        admitted("10.0.0.1", 1000);
        for (int i = 0; i < 5000; i++) {
            admitted("10.1." + i / 250 + "." + i % 250, 1);
        }
        assertThat(admitted("10.0.0.1", 1)).isEqualTo(1);
    }
}

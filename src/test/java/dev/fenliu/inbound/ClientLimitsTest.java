package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientLimitsTest {
    private static final InetAddress A = Addresses.parse("192.168.1.2");
    private static final InetAddress B = Addresses.parse("192.168.1.3");
    private static final InetAddress HERE = Addresses.parse("127.0.0.1");

    @Test
    void one_source_cannot_take_all_places() {
        ClientLimits limits = new ClientLimits(100, 2);
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.enter(A, Access.LAN)).isFalse();
        assertThat(limits.enter(B, Access.LAN)).isTrue();
        assertThat(limits.clients()).isEqualTo(3);
        limits.leave(A, Access.LAN);
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.enter(A, Access.LAN)).isFalse();
    }

    @Test
    void a_machine_behind_a_gateway_may_have_half_of_all_and_as_many_by_its_own_choice_as_any() {
        ClientLimits limits = new ClientLimits(100, 2);
        for (int i = 0; i < 50; i++) {
            assertThat(limits.enter(A, Access.ROUTED)).isTrue();
        }
        assertThat(limits.enter(A, Access.ROUTED)).isFalse();
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.enter(B, Access.ROUTED)).isTrue();
        limits.leave(A, Access.ROUTED);
        assertThat(limits.enter(A, Access.ROUTED)).isTrue();
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.enter(A, Access.LAN)).isFalse();
        assertThat(new ClientLimits(2, 2).enter(A, Access.ROUTED)).isTrue();
    }

    @Test
    void this_machine_is_bound_by_the_total_only() {
        ClientLimits limits = new ClientLimits(3, 1);
        assertThat(limits.enter(HERE, Access.LAN)).isTrue();
        assertThat(limits.enter(HERE, Access.LAN)).isTrue();
        assertThat(limits.enter(HERE, Access.LAN)).isTrue();
        assertThat(limits.enter(HERE, Access.LAN)).isFalse();
        assertThat(limits.enter(A, Access.LAN)).isFalse();
        limits.leave(HERE, Access.LAN);
        assertThat(limits.enter(A, Access.LAN)).isTrue();
        assertThat(limits.clients()).isEqualTo(3);
    }

    @Test
    void every_place_is_free_again_when_all_have_left() {
        ClientLimits limits = new ClientLimits(2, 2);
        for (int round = 0; round < 1000; round++) {
            assertThat(limits.enter(A, Access.LAN)).isTrue();
            assertThat(limits.enter(A, Access.LAN)).isTrue();
            assertThat(limits.enter(A, Access.LAN)).isFalse();
            assertThat(limits.enter(B, Access.LAN)).isFalse();
            limits.leave(A, Access.LAN);
            limits.leave(A, Access.LAN);
        }
        assertThat(limits.clients()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1024,448", "256,64", "20000,8192", "1048576,8192", "130,1", "10,1", "unlimited,8192"})
    void half_of_the_open_files_less_a_reserve_are_for_clients(String files, int clients) {
        String text = "Limit                     Soft Limit           Hard Limit           Units     \n"
                + "Max processes             14000                14000                processes \n"
                + String.format("Max open files            %-20s 1048576              files     %n", files)
                + "Max locked memory         67108864             67108864             bytes     \n";
        assertThat(ClientLimits.most(text)).isEqualTo(clients);
    }

    @Test
    void a_system_that_does_not_say_gets_the_most() {
        assertThat(ClientLimits.most("")).isEqualTo(8192);
        assertThat(ClientLimits.ofThisProcess().enter(HERE, Access.LAN)).isTrue();
    }
}

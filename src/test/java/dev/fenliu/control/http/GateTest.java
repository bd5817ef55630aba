package dev.fenliu.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GateTest {
    private static Set<String> hosts(String address, int port) {
        return Gate.hosts(new InetSocketAddress(Objects.requireNonNull(Addresses.parse(address)), port));
    }

    @Test
    void on_loopback_all_its_names_are_ours() {
        assertThat(hosts("127.0.0.1", 9090))
                .containsExactlyInAnyOrder("127.0.0.1:9090", "[::1]:9090", "localhost:9090");
        assertThat(hosts("127.0.0.2", 9090)).contains("127.0.0.2:9090", "localhost:9090");
        assertThat(hosts("::1", 9090)).containsExactlyInAnyOrder("127.0.0.1:9090", "[::1]:9090", "localhost:9090");
    }

    @Test
    void elsewhere_only_the_address_that_the_client_has_come_to_is() {
        assertThat(hosts("192.168.1.2", 9090)).containsExactly("192.168.1.2:9090");
        assertThat(hosts("fd00::1", 9090)).containsExactly("[fd00::1]:9090");
        assertThat(hosts("fe80::1%1", 9090)).containsExactly("[fe80::1]:9090");
    }

    @Test
    void the_port_of_http_may_be_left_out() {
        assertThat(hosts("192.168.1.2", 80)).containsExactly("192.168.1.2:80", "192.168.1.2");
    }
}

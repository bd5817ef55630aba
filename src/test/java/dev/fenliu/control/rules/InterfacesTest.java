package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterfacesTest {
    @Test
    void the_system_says_what_is_a_tunnel_or_else_the_name(@TempDir Path system) throws Exception {
        Files.createDirectories(system.resolve("office"));
        Files.writeString(system.resolve("office/uevent"), "DEVTYPE=wireguard\nINTERFACE=office\n");
        Files.createDirectories(system.resolve("vpn"));
        Files.writeString(system.resolve("vpn/uevent"), "INTERFACE=vpn\n");
        Files.writeString(system.resolve("vpn/tun_flags"), "0x1001\n");
        assertThat(Interfaces.kind("office", system)).isEqualTo("wireguard");
        assertThat(Interfaces.kind("vpn", system)).isEqualTo("tun");
        assertThat(Interfaces.kind("ppp0", system)).isEqualTo("ppp");
        assertThat(Interfaces.kind("utun3", system)).isEqualTo("tun");
        assertThat(Interfaces.kind("wg0", system)).isEqualTo("wireguard");
        assertThat(Interfaces.kind("eth0", system)).isEmpty();
        assertThat(Interfaces.kind("tunnel", system)).isEmpty();
    }
}

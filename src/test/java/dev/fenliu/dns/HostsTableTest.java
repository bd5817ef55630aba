package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.lan.Devices;
import dev.fenliu.lan.Leases;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.GivenNames;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsTableTest {
    @TempDir
    Path folder;

    private static InetAddress address(String text) {
        return Addresses.parse(text);
    }

    private HostsTable table(String file) throws Exception {
        Path path = Files.writeString(folder.resolve("hosts"), file);
        return new HostsTable(
                Map.of(
                        "nas.lan", List.of(address("192.168.1.10")),
                        "*.corp.example", List.of(address("10.0.0.1")),
                        "own.corp.example", List.of(address("10.0.0.2"))),
                path,
                () -> Leases.NONE);
    }

    private static List<InetAddress> find(HostsTable table, String name) {
        return table.find(new Host.Name(name));
    }

    @Test
    void names_of_the_config_come_before_those_of_the_system() throws Exception {
        HostsTable table = table("10.9.9.9 nas.lan printer.lan\n");
        assertThat(find(table, "nas.lan")).containsExactly(address("192.168.1.10"));
        assertThat(find(table, "printer.lan")).containsExactly(address("10.9.9.9"));
        assertThat(find(table, "other.lan")).isNull();
    }

    @Test
    void a_star_stands_for_all_names_below_but_not_for_the_name_itself() throws Exception {
        HostsTable table = table("");
        assertThat(find(table, "a.b.corp.example")).containsExactly(address("10.0.0.1"));
        assertThat(find(table, "own.corp.example")).containsExactly(address("10.0.0.2"));
        assertThat(find(table, "corp.example")).isNull();
        assertThat(find(table, "notcorp.example")).isNull();
    }

    @Test
    void localhost_and_all_below_it_is_loopback_whatever_the_file_says() throws Exception {
        HostsTable table = table("10.6.6.6 localhost app.localhost\n");
        assertThat(find(table, "localhost")).containsExactly(address("127.0.0.1"), address("::1"));
        assertThat(find(table, "app.localhost")).containsExactly(address("127.0.0.1"), address("::1"));
        assertThat(find(table, "notlocalhost")).isNull();
    }

    @Test
    void odd_lines_of_the_file_are_skipped() throws Exception {
        HostsTable table = table("""
                # comment
                \t10.0.0.5   Tabs.Example.\ttwo.example # three.example

                not-an-address four.example
                10.0.0.6
                10.0.0.7 bad!name five.example
                fe80::1%eth0 six.example
                ::1 two.example
                """);
        assertThat(find(table, "tabs.example")).containsExactly(address("10.0.0.5"));
        assertThat(find(table, "two.example")).containsExactly(address("10.0.0.5"), address("::1"));
        assertThat(find(table, "three.example")).isNull();
        assertThat(find(table, "four.example")).isNull();
        assertThat(find(table, "five.example")).containsExactly(address("10.0.0.7"));
        assertThat(find(table, "six.example")).containsExactly(address("fe80::1"));
    }

    @Test
    void devices_with_a_lease_come_last_and_never_with_a_name_that_is_taken() throws Exception {
        Path leases = Files.writeString(folder.resolve("leases"), """
                0 02:00:00:00:00:01 192.168.1.20 nas *
                0 02:00:00:00:00:02 192.168.1.21 printer *
                0 02:00:00:00:00:03 192.168.1.22 tv *
                0 02:00:00:00:00:04 192.168.1.10 radio *
                0 02:00:00:00:00:05 192.168.1.23 own.corp.example *
                """);
        Path hosts = Files.writeString(folder.resolve("hosts"), "10.9.9.9 printer printer.lan\n");
        try (Devices devices = Devices.open(GivenNames.NONE, List.of(leases), InstantSource.fixed(Instant.EPOCH))) {
            HostsTable table =
                    new HostsTable(Map.of("nas.lan", List.of(address("192.168.1.10"))), hosts, devices::leases);
            assertThat(find(table, "nas.lan")).containsExactly(address("192.168.1.10"));
            assertThat(find(table, "printer")).containsExactly(address("10.9.9.9"));
            assertThat(find(table, "tv")).containsExactly(address("192.168.1.22"));
            assertThat(find(table, "tv.lan")).containsExactly(address("192.168.1.22"));
            assertThat(find(table, "own.corp.example")).isNull();
            assertThat(text(table, "tv.lan", Query.A)).contains("192.168.1.22", "10");
            assertThat(text(table, "22.1.168.192.in-addr.arpa", Query.PTR)).contains("tv.lan.");
            assertThat(text(table, "10.1.168.192.in-addr.arpa", Query.PTR)).contains("nas.lan.");
        }
    }

    private static String text(HostsTable table, String host, int type) throws Exception {
        Query query = Query.of(new Host.Name(host), type);
        return new org.xbill.DNS.Message(table.answer(query, 0).wire(1, query.nameBytes(), 0)).toString();
    }

    @Test
    void a_missing_file_counts_as_empty() {
        HostsTable table = new HostsTable(Map.of(), folder.resolve("none"), () -> Leases.NONE);
        assertThat(find(table, "a.example")).isNull();
    }

    @Test
    void the_systems_resolvers_are_read_from_its_file() throws Exception {
        Path file = Files.writeString(folder.resolve("resolv.conf"), """
                # made by hand
                search lan
                nameserver 192.0.2.1
                 nameserver\t::1\s
                nameserver x
                nameserver
                nameserver 192.0.2.1
                nameserver 192.0.2.2
                nameserver 192.0.2.3
                """);
        assertThat(new SystemFiles(file, file).nameservers())
                .containsExactly(address("192.0.2.1"), address("::1"), address("192.0.2.2"));
        assertThat(new SystemFiles(file, folder.resolve("none")).nameservers()).isEmpty();
    }
}

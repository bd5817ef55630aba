package dev.fenliu.lan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Device;
import dev.fenliu.model.GivenNames;
import dev.fenliu.model.Mac;
import dev.fenliu.net.Neighbour;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevicesTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final InstantSource DATES = InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000));
    private static final Mac TV = Mac.parse("00:1b:63:aa:bb:01");
    private static final Mac NAS = Mac.parse("00:1b:63:aa:bb:02");

    @TempDir
    Path folder;

    private final List<Neighbour> neighbours = new CopyOnWriteArrayList<>();
    private final AtomicInteger reads = new AtomicInteger();
    private Devices devices;

    @AfterEach
    void close() {
        devices.close();
    }

    @AfterAll
    static void end() {
        LOOPS.shutdownGracefully();
    }

    private static InetAddress address(String text) {
        return Objects.requireNonNull(Addresses.parse(text));
    }

    private void open(List<Path> files) {
        devices = new Devices(GivenNames.NONE, files, DATES, () -> {
            reads.incrementAndGet();
            return neighbours;
        });
    }

    private void neighbour(String address, Mac mac) {
        neighbours.add(new Neighbour(address(address), mac, Duration.ofSeconds(neighbours.size())));
    }

    private Device find(String address) throws Exception {
        return devices.find(address(address), LOOPS.next()).get();
    }

    private static Device device(Mac mac, String name) {
        return new Device(Optional.of(mac), Optional.ofNullable(name), true);
    }

    @Test
    void a_device_is_found_by_each_of_its_addresses_and_kept_for_a_while() throws Exception {
        neighbour("192.168.1.5", TV);
        neighbour("fd00::5", TV);
        open(List.of());
        assertThat(find("192.168.1.5")).isEqualTo(device(TV, null));
        assertThat(find("fd00::5")).isEqualTo(device(TV, null));
        assertThat(devices.look(address("fd00::5"))).isEqualTo(device(TV, null));
        assertThat(reads).hasValue(1);
    }

    @Test
    void this_machine_itself_is_no_device() throws Exception {
        open(List.of());
        assertThat(find("127.0.0.1")).isEqualTo(Device.HERE);
        assertThat(find("::1")).isEqualTo(Device.HERE);
        assertThat(reads).hasValue(0);
        for (InetAddress own : List.of(InetAddress.getLoopbackAddress())) {
            assertThat(devices.find(own, LOOPS.next()).get()).isEqualTo(Device.HERE);
        }
    }

    @Test
    void one_that_is_not_there_is_looked_for_again() throws Exception {
        open(List.of());
        assertThat(find("192.168.1.5")).isEqualTo(Device.UNKNOWN);
        neighbour("192.168.1.5", TV);
        Awaitility.await().untilAsserted(() -> assertThat(find("192.168.1.5")).isEqualTo(device(TV, null)));
    }

    @Test
    void one_address_on_two_links_is_nobodys() throws Exception {
        neighbour("fe80::1", TV);
        neighbour("fe80::1", NAS);
        open(List.of());
        assertThat(find("fe80::1")).isEqualTo(Device.UNKNOWN);
    }

    @Test
    void a_table_that_cannot_be_read_leaves_all_devices_unknown() throws Exception {
        devices = new Devices(GivenNames.NONE, List.of(), DATES, () -> {
            throw new IOException("not here");
        });
        assertThat(find("192.168.1.5")).isEqualTo(Device.UNKNOWN);
        assertThat(find("127.0.0.1")).isEqualTo(Device.HERE);
    }

    @Test
    void whatever_goes_wrong_there_is_an_answer() throws Exception {
        devices = new Devices(GivenNames.NONE, List.of(), DATES, () -> {
            throw new UnsatisfiedLinkError("no such call");
        });
        assertThat(find("192.168.1.5")).isEqualTo(Device.UNKNOWN);
        assertThat(devices.list(LOOPS.next()).get()).isEmpty();
    }

    @Test
    void the_name_that_the_user_gives_is_shown_in_the_place_of_others_and_told_to_no_rule() throws Exception {
        Path file = Files.writeString(folder.resolve("leases"), "0 " + TV + " 192.168.1.5 tv *\n");
        neighbour("192.168.1.5", TV);
        neighbour("192.168.1.6", NAS);
        GivenNames given = new GivenNames(Map.of(TV.toString(), "Fernseher", "192.168.1.7", "phone"));
        devices = new Devices(given, List.of(file), DATES, () -> neighbours);
        assertThat(find("192.168.1.5")).isEqualTo(device(TV, "tv"));
        assertThat(devices.called(address("192.168.1.5"))).hasValue("Fernseher");
        assertThat(devices.called(address("192.168.1.6"))).hasValue(NAS.toString());
        assertThat(devices.called(address("192.168.1.7"))).hasValue("phone");
        assertThat(devices.called(address("192.168.1.8"))).isEmpty();
        assertThat(devices.list(LOOPS.next()).get())
                .extracting(one -> one.name().orElse("-"))
                .containsExactly("Fernseher", "-");
    }

    @Test
    void the_name_of_a_lease_holds_for_all_addresses_of_the_device() throws Exception {
        Path file = Files.writeString(folder.resolve("leases"), "0 " + TV + " 192.168.1.5 tv *\n");
        neighbour("192.168.1.5", TV);
        neighbour("fd00::5", TV);
        neighbour("192.168.1.6", NAS);
        open(List.of(file));
        assertThat(devices.unreadable()).isEmpty();
        assertThat(find("192.168.1.5")).isEqualTo(device(TV, "tv"));
        assertThat(find("fd00::5")).isEqualTo(device(TV, "tv"));
        assertThat(find("192.168.1.6")).isEqualTo(device(NAS, null));
    }

    @Test
    void while_a_file_is_missing_or_tells_nothing_names_are_unknown() throws Exception {
        Path file = folder.resolve("leases");
        neighbour("192.168.1.5", TV);
        open(List.of(file));
        assertThat(devices.unreadable()).containsExactly(file);
        Device nameless = new Device(Optional.of(TV), Optional.empty(), false);
        assertThat(find("192.168.1.5")).isEqualTo(nameless);
        Files.writeString(file, "");
        Awaitility.await()
                .during(Duration.ofMillis(300))
                .untilAsserted(() -> assertThat(find("192.168.1.5")).isEqualTo(nameless));
        Files.writeString(file, "0 " + NAS + " 192.168.1.6 nas *\n");
        Awaitility.await().untilAsserted(() -> assertThat(find("192.168.1.5")).isEqualTo(device(TV, null)));
        assertThat(devices.leases().find("nas")).containsExactly(address("192.168.1.6"));
    }

    @Test
    void a_change_counts_when_the_file_is_quiet_and_what_was_read_holds_until_then() throws Exception {
        Path file = Files.writeString(folder.resolve("leases"), "0 " + TV + " 192.168.1.5 tv *\n");
        LeaseFiles files = new LeaseFiles(List.of(file), DATES);
        Files.writeString(file, "0 " + TV + " 192.1");
        files.look();
        assertThat(files.current().find("tv")).hasSize(1);
        assertThat(files.current().complete()).isFalse();
        Files.writeString(file, "0 " + TV + " 192.168.1.5 tv *\n0 " + NAS + " 192.168.1.6 nas *\n");
        files.look();
        assertThat(files.current().find("nas")).isNull();
        files.look();
        assertThat(files.current().find("nas")).hasSize(1);
        assertThat(files.current().complete()).isTrue();
        Files.delete(file);
        files.look();
        files.look();
        assertThat(files.current().find("nas")).isNull();
        assertThat(files.current().complete()).isFalse();
        open(List.of());
    }

    @Test
    void what_is_known_can_be_listed() throws Exception {
        Path file = Files.writeString(folder.resolve("leases"), """
                0 %s 192.168.1.5 tv *
                0 00:1b:63:aa:bb:03 192.168.1.7 radio *
                0 9 fd00::8 odd 00:02:00:00:ab:11:01
                """.formatted(TV));
        neighbour("192.168.1.5", TV);
        neighbour("192.168.1.6", NAS);
        neighbour("fd00::5", TV);
        open(List.of(file));
        assertThat(devices.list(LOOPS.next()).get())
                .containsExactly(
                        new Devices.Known(
                                List.of(address("192.168.1.5"), address("fd00::5")),
                                Optional.of(TV),
                                Optional.of("tv"),
                                Optional.of(Duration.ZERO)),
                        new Devices.Known(
                                List.of(address("192.168.1.6")),
                                Optional.of(NAS),
                                Optional.empty(),
                                Optional.of(Duration.ofSeconds(1))),
                        new Devices.Known(
                                List.of(address("192.168.1.7")),
                                Optional.of(Mac.parse("00:1b:63:aa:bb:03")),
                                Optional.of("radio"),
                                Optional.empty()),
                        new Devices.Known(
                                List.of(address("fd00::8")), Optional.empty(), Optional.of("odd"), Optional.empty()));
    }

    @Test
    void after_the_end_devices_are_unknown() throws Exception {
        neighbour("192.168.1.5", TV);
        open(List.of());
        devices.close();
        assertThat(find("192.168.1.5")).isEqualTo(Device.UNKNOWN);
        assertThat(devices.list(LOOPS.next()).get()).isEmpty();
    }
}

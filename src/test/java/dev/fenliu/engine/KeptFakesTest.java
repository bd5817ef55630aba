package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.FakeRanges;
import dev.fenliu.model.Host;
import dev.fenliu.state.StateFiles;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptFakesTest {
    private static final FakeOptions ON = new FakeOptions(true, FakeRanges.DEFAULT, Set.of());

    private final AtomicLong clock = new AtomicLong();
    private Instant wall = Instant.parse("2026-05-01T10:00:00Z");

    @TempDir
    private Path folder;

    private KeptFakes fakes;

    @AfterEach
    void close() {
        fakes.close();
    }

    private void start(FakeOptions options) {
        fakes = new KeptFakes(new StateFiles(folder), clock::get, () -> wall);
        fakes.prepare(options);
        fakes.use(options);
    }

    private List<InetAddress> give(String name) {
        return fakes.table().addresses(new Host.Name(name));
    }

    private boolean leads(InetAddress address, String name) {
        FakeAddresses.Mapping found = fakes.table().find(address);
        return found != null && found.name().equals(java.util.Optional.of(new Host.Name(name)));
    }

    @Test
    void addresses_are_at_hand_at_once_and_outlive_a_restart() {
        start(ON);
        List<InetAddress> a = give("a.test");
        assertThat(a).hasSize(2);
        fakes.close();
        start(ON);
        assertThat(a).allMatch(address -> leads(address, "a.test"));
        assertThat(give("a.test")).isEqualTo(a);
        assertThat(give("b.test")).hasSize(2).doesNotContainAnyElementsOf(a);
    }

    @Test
    void after_a_crash_no_address_is_given_to_another_name() throws Exception {
        start(ON);
        give("a.test");
        fakes.save();
        Path copy = Files.copy(folder.resolve("fake-addresses.state"), folder.resolve("copy"));
        Set<InetAddress> lost = new HashSet<>();
        for (int i = 0; i < FakeAddresses.BATCH / 2; i++) { // before the next batch is written down
            lost.addAll(give("lost" + i + ".test"));
        }
        assertThat(lost).hasSize(FakeAddresses.BATCH);
        fakes.close();
        Files.move(copy, folder.resolve("fake-addresses.state"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        start(ON);
        assertThat(lost).noneMatch(address -> fakes.table().find(address) != null);
        for (int i = 0; i < FakeAddresses.BATCH; i++) {
            String name = "next" + i + ".test";
            Awaitility.await().pollDelay(Duration.ZERO).until(() -> !give(name).isEmpty());
            assertThat(give(name)).doesNotContainAnyElementsOf(lost);
        }
    }

    @Test
    void switched_off_what_was_given_is_refused_for_a_day() {
        start(ON);
        List<InetAddress> a = give("a.test");
        fakes.close();
        wall = wall.plus(Duration.ofHours(23));
        start(FakeOptions.OFF);
        assertThat(a).allMatch(fakes.table()::isFake).noneMatch(address -> leads(address, "a.test"));
        fakes.close();
        wall = wall.plus(Duration.ofHours(2));
        start(FakeOptions.OFF);
        assertThat(fakes.table().ranges()).isEmpty();
        assertThat(folder.resolve("fake-addresses.state")).doesNotExist();
    }

    @Test
    void who_never_wanted_any_has_no_file() {
        start(FakeOptions.OFF);
        fakes.save();
        fakes.close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_file_that_is_in_use_stays_young() {
        start(ON);
        give("a.test");
        fakes.save();
        for (int i = 0; i < 8; i++) {
            wall = wall.plus(Duration.ofHours(6));
            clock.addAndGet(Duration.ofHours(6).toNanos());
            fakes.save();
        }
        KeptFakes next = new KeptFakes(new StateFiles(folder), clock::get, () -> wall);
        assertThat(next.table().ranges()).isNotEmpty();
        next.close();
    }

    @Test
    void a_damaged_file_is_set_aside() throws Exception {
        Files.writeString(folder.resolve("fake-addresses.state"), "something else");
        start(ON);
        assertThat(folder.resolve("fake-addresses.bad")).exists();
        assertThat(give("a.test")).hasSize(2);
    }

    @Test
    void a_folder_that_cannot_be_written_leaves_it_working() throws Exception {
        folder = Files.writeString(folder.resolve("file"), "in the way");
        start(ON);
        assertThat(give("a.test")).hasSize(2);
    }
}

package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileWatchTest {
    private final AtomicInteger told = new AtomicInteger();
    /** Relies on what the system tells: it never looks by itself. */
    private final FileWatch watch = new FileWatch(told::incrementAndGet, Duration.ofHours(1));

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void open() throws Exception {
        config = folder.resolve("config.yaml");
        Files.writeString(config, "one");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
        watch.files(Set.of(config));
        watch.start();
    }

    @AfterEach
    void close() {
        watch.stop();
    }

    private void awaitTold(int times) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(told).hasValue(times));
    }

    /** Lets the watch see everything there is: a change that comes after what should not be told is told alone. */
    private void toldOnlyOfTheNextChange() throws Exception {
        int before = told.get();
        Files.writeString(config, "the next change " + before);
        awaitTold(before + 1);
    }

    @Test
    void a_save_in_place_is_told() throws Exception {
        Files.writeString(config, "two!");
        awaitTold(1);
        Files.writeString(config, "three");
        awaitTold(2);
    }

    @Test
    void an_editor_that_replaces_the_file_is_noticed() throws Exception {
        Path part = folder.resolve(".config.yaml.swp");
        Files.writeString(part, "two");
        Files.move(part, config, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        awaitTold(1);
        Files.move(config, folder.resolve("config.yaml~"));
        Files.writeString(config, "new");
        awaitTold(2);
    }

    @Test
    void a_burst_of_writes_is_one_change() throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.writeString(config, "x".repeat(i + 10));
        }
        awaitTold(1);
        toldOnlyOfTheNextChange();
    }

    @Test
    void other_files_of_the_folder_neither_tell_nor_delay() throws Exception {
        Path log = folder.resolve("proxy.log");
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; told.get() == 0 && i < 2000; i++) {
                    Files.writeString(log, "line " + i);
                    Thread.sleep(10);
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        Files.writeString(config, "two!");
        awaitTold(1);
        writer.join();
        toldOnlyOfTheNextChange();
    }

    @Test
    void a_change_between_the_reading_of_a_file_and_its_watch_is_told() throws Exception {
        Files.writeString(config, "saved while a reload is running");
        watch.files(Set.of(config));
        awaitTold(1);
    }

    @Test
    void files_that_are_named_later_are_watched_and_those_no_longer_named_are_not() throws Exception {
        Path other = Files.createDirectory(folder.resolve("rules")).resolve("openai.yaml");
        watch.files(Set.of(config, other));
        Files.writeString(other, "made");
        awaitTold(1);
        watch.files(Set.of(config));
        Files.writeString(other, "not ours any more");
        toldOnlyOfTheNextChange();
    }

    @Test
    void a_file_that_goes_and_comes_back_is_told() throws Exception {
        Files.delete(config);
        awaitTold(1);
        Files.writeString(config, "one");
        awaitTold(2);
    }

    @Test
    void permissions_that_change_are_told() throws Exception {
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));
        awaitTold(1);
    }

    @Test
    void a_file_behind_a_link_is_watched_where_it_is() throws Exception {
        Path real = Files.createDirectory(folder.resolve("dotfiles")).resolve("real.yaml");
        Files.writeString(real, "one");
        Path link = Files.createSymbolicLink(folder.resolve("link.yaml"), real);
        watch.files(Set.of(link));
        for (int i = 1; i < 4; i++) {
            Files.writeString(real, "change " + i);
            awaitTold(i);
        }
    }

    @Test
    void a_file_that_is_found_in_the_middle_of_being_written_is_told_when_it_is_whole() throws Exception {
        AtomicInteger found = new AtomicInteger();
        FileWatch looking = new FileWatch(found::incrementAndGet, Duration.ofMillis(500));
        looking.files(Set.of(config));
        looking.start();
        // Nobody tells of what is written by another name of the file: as on mounts that send no events.
        Path other = Files.createDirectory(folder.resolve("other")).resolve("same.yaml");
        Files.createLink(other, config);
        for (int i = 0; i < 20; i++) {
            Files.writeString(other, "line\n", StandardOpenOption.APPEND);
            TimeUnit.MILLISECONDS.sleep(100);
            assertThat(found).hasValue(0);
        }
        Awaitility.await().untilAsserted(() -> assertThat(found).hasValue(1));
        looking.stop();
    }
}

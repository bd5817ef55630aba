package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileWatchTest {
    @TempDir
    Path folder;

    private final Semaphore told = new Semaphore(0);
    private final FileWatch watch = new FileWatch(told::release);

    @AfterEach
    void stop() {
        watch.stop();
    }

    @Test
    void a_changed_file_is_told() throws Exception {
        Path file = Files.writeString(folder.resolve("config.yaml"), "one");
        watch.files(Set.of(file));
        watch.start();
        change(file, "another");
    }

    @Test
    void a_file_that_was_missing_is_told_when_it_comes() throws Exception {
        Path file = folder.resolve("list.txt");
        watch.files(Set.of(file));
        watch.start();
        change(file, "here");
    }

    @Test
    void a_change_during_a_reload_is_not_forgotten() throws Exception {
        Path file = Files.writeString(folder.resolve("config.yaml"), "one");
        watch.files(Set.of(file));
        watch.start();
        change(file, "another");

        Files.writeString(file, "a third, written while the second is being read");
        watch.files(Set.of(file));

        assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }

    /** Writes until the watch, which starts on a thread of its own, has seen it. */
    private void change(Path file, String text) throws Exception {
        String longer = text;
        do {
            longer += "!";
            Files.writeString(file, longer);
        } while (!told.tryAcquire(7, TimeUnit.SECONDS));
    }
}

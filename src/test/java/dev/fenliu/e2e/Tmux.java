package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A terminal with a shell in it, whose keys are pressed and whose screen is read. */
final class Tmux implements AutoCloseable {
    private static final int COLUMNS = 100;
    private static final int ROWS = 40;

    private final List<String> tmux;

    /** @param shell what runs in it */
    Tmux(Path folder, String... shell) throws IOException, InterruptedException {
        this.tmux = List.of(
                Programs.require("tmux"),
                "-u",
                "-f",
                "/dev/null",
                "-S",
                folder.resolve("tmux").toString());
        List<String> start = new ArrayList<>(List.of(
                "new-session",
                "-d",
                "-x",
                Integer.toString(COLUMNS),
                "-y",
                Integer.toString(ROWS),
                "-c",
                folder.toString()));
        start.addAll(List.of(shell));
        tell(start.toArray(String[]::new));
    }

    private String tell(String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(tmux);
        all.addAll(List.of(command));
        return Programs.output(all.toArray(String[]::new));
    }

    /** Presses the keys of a text. */
    void type(String text) throws IOException, InterruptedException {
        tell("send-keys", "-l", text);
    }

    /** Presses a key by its name, such as {@code Enter}. */
    void press(String key) throws IOException, InterruptedException {
        tell("send-keys", key);
    }

    void resize(int columns, int rows) throws IOException, InterruptedException {
        tell("resize-window", "-x", Integer.toString(columns), "-y", Integer.toString(rows));
    }

    /** What is on the screen, without colours. */
    String screen() throws IOException, InterruptedException {
        return tell("capture-pane", "-p");
    }

    /** The same with what makes it bold or coloured. */
    String styled() throws IOException, InterruptedException {
        return tell("capture-pane", "-p", "-e");
    }

    /** A variable of tmux, such as {@code alternate_on}. */
    String is(String variable) throws IOException, InterruptedException {
        return tell("display-message", "-p", "#{" + variable + "}").strip();
    }

    /** Waits until the screen matches. */
    void await(String pattern) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(screen()).containsPattern(pattern));
    }

    @Override
    public void close() throws Exception {
        Optional<ProcessHandle> shell = ProcessHandle.of(Long.parseLong(is("pane_pid")));
        tell("kill-server");
        if (shell.isPresent()) {
            shell.get().onExit().get(10, TimeUnit.SECONDS); // it may have something to write
        }
    }
}

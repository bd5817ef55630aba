package dev.fenliu.leak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * Clients that got through and go on, and say more and more, until they are stopped or their flows end.
 *
 * @param log what they print
 * @param count how many they are
 */
record Held(Path log, int count) {
    /** The file that stops them when it is there. */
    Path stopper() {
        return Path.of(log + ".stop");
    }

    /** Waits until all have got through. */
    void begun() {
        await("begun ", count);
    }

    private void await(String line, int times) {
        Pattern pattern = Pattern.compile("(?m)^" + line);
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> assertThat(pattern.matcher(text()).results().count())
                                .as(this::text)
                                .isEqualTo(times));
    }

    private String text() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Stops them; what came of each. */
    Answers stop() throws IOException {
        Files.writeString(stopper(), "");
        return ended();
    }

    /** The same when they end by themselves, but for those of some entrances. */
    Answers ended(String... but) {
        await("(?!begun )\\S+ \\S+ ", count - but.length);
        return new Answers(
                text().lines().filter(line -> !line.startsWith("begun")).toList());
    }
}

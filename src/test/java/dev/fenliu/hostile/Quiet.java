package dev.fenliu.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that what is sent makes no noise: nothing is logged as an error, nothing reaches the end of a pipeline, and
 * no descriptor stays open. Leaked buffers are found by the guard of the whole test run.
 */
public final class Quiet extends AppenderBase<ILoggingEvent> {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final Queue<String> noise = new ConcurrentLinkedQueue<>();
    private final long before;

    private Quiet(long before) {
        this.before = before;
    }

    /** Starts to listen; what has been opened until now may stay. */
    public static Quiet watch() {
        try {
            new ServerSocket(0).close(); // with its first socket Java opens one that it keeps
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        Quiet quiet = new Quiet(descriptors());
        quiet.start();
        root().addAppender(quiet);
        return quiet;
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Override
    protected void append(ILoggingEvent event) {
        boolean netty = event.getLoggerName().startsWith("io.netty");
        if (event.getLevel().isGreaterOrEqual(netty ? Level.WARN : Level.ERROR)) {
            String why = event.getThrowableProxy() == null
                    ? ""
                    : " " + event.getThrowableProxy().getClassName() + ": "
                            + event.getThrowableProxy().getMessage();
            noise.add(event.getLoggerName() + ": " + event.getFormattedMessage() + why);
        }
    }

    /** Sockets, pipes and the like; files are left out, as classes may be loaded from another jar at any time. */
    private static long descriptors() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        long count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : all) {
                count += isSocket(descriptor) ? 1 : 0;
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return count;
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return !Files.readSymbolicLink(descriptor).toString().startsWith("/");
        } catch (IOException e) {
            return false; // that of the listing itself
        }
    }

    /**
     * All was quiet, and every descriptor is closed.
     *
     * @param fewer how many of those that there were have been closed meanwhile
     */
    public void end(int fewer) {
        root().detachAppender(this);
        stop();
        assertThat(noise).isEmpty();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before - fewer));
    }
}

package dev.fenliu.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class StateFilesTest {
    private static final int VERSION = 7;

    private final Logger logger = (Logger) LoggerFactory.getLogger(StateFiles.class);
    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

    @TempDir
    private Path folder;

    @BeforeEach
    void listen() {
        logger.setAdditive(false);
        warnings.start();
        logger.addAppender(warnings);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(warnings);
        logger.setAdditive(true);
    }

    private StateFiles files() {
        return new StateFiles(folder.resolve("state"));
    }

    private Path file() {
        return folder.resolve("state/thing.state");
    }

    private Path aside() {
        return folder.resolve("state/thing.bad");
    }

    private void write(String text) throws IOException {
        files().write("thing", VERSION, out -> out.writeUTF(text));
    }

    private List<String> read() {
        List<String> read = new ArrayList<>();
        files().read("thing", VERSION, in -> read.add(in.readUTF()));
        return read;
    }

    @Test
    void what_was_written_last_is_read() throws Exception {
        assertThat(read()).isEmpty();
        write("one");
        write("two");
        assertThat(read()).containsExactly("two");
        assertThat(read()).containsExactly("two");
        assertThat(folder.resolve("state")).isDirectoryContaining("glob:**/thing.state");
        assertThat(folder.resolve("state").toFile().list()).hasSize(1);
        files().delete("thing");
        assertThat(read()).isEmpty();
        assertThat(warnings.list).isEmpty();
    }

    @Test
    void only_the_owner_can_read_it() throws Exception {
        write("one");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void a_file_with_any_bit_changed_is_set_aside() throws Exception {
        write("some text");
        byte[] good = Files.readAllBytes(file());
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file(), bad);
            assertThat(read()).as("bit %d", bit).isEmpty();
            assertThat(file()).doesNotExist();
            assertThat(aside()).hasBinaryContent(bad);
            assertThat(warnings.list).hasSize(bit + 1);
        }
    }

    @Test
    void a_file_that_is_shorter_or_longer_is_set_aside() throws Exception {
        write("some text");
        byte[] good = Files.readAllBytes(file());
        for (int length = 0; length < good.length + 20; length++) {
            if (length != good.length) {
                Files.write(file(), Arrays.copyOf(good, length));
                assertThat(read()).as("length %d", length).isEmpty();
                assertThat(file()).doesNotExist();
            }
        }
    }

    @Test
    void what_is_not_ours_is_set_aside() throws Exception {
        Random random = new Random(1);
        Files.createDirectories(file());
        assertThat(read()).isEmpty();
        Files.delete(aside());
        for (int i = 0; i < 100; i++) {
            byte[] junk = new byte[random.nextInt(200)];
            random.nextBytes(junk);
            Files.write(file(), junk);
            assertThat(read()).isEmpty();
            assertThat(file()).doesNotExist();
        }
        Files.createSymbolicLink(file(), folder.resolve("nowhere"));
        assertThat(read()).isEmpty();
        assertThat(Files.isSymbolicLink(file())).isFalse();
    }

    @Test
    void another_version_is_set_aside_and_so_is_what_its_reader_does_not_understand() throws Exception {
        files().write("thing", VERSION + 1, out -> out.writeUTF("new"));
        assertThat(read()).isEmpty();
        assertThat(aside()).exists();
        Files.delete(aside());
        write("one");
        files().read("thing", VERSION, in -> in.skipBytes(in.readInt()));
        files().read("thing", VERSION, in -> {
            throw new IllegalStateException("not so");
        });
        assertThat(file()).doesNotExist();
        assertThat(aside()).exists();
        files().delete("thing");
        assertThat(aside()).doesNotExist();
    }

    @Test
    void a_write_that_fails_leaves_what_was_there() throws Exception {
        write("one");
        assertThatThrownBy(() -> files().write("thing", VERSION, out -> {
                    out.write(new byte[200_000]);
                    throw new IOException("no space left");
                }))
                .hasMessage("no space left");
        assertThat(read()).containsExactly("one");
        assertThat(folder.resolve("state").toFile().list()).hasSize(1);
        Files.writeString(folder.resolve("plain"), "");
        assertThatThrownBy(() -> new StateFiles(folder.resolve("plain")).write("thing", VERSION, out -> {}))
                .isInstanceOf(IOException.class);
    }

    /** Writes without end, until it is killed. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws IOException {
            StateFiles files = new StateFiles(Path.of(args[0]));
            byte[] content = new byte[300_000];
            for (int i = 1; ; i++) {
                Arrays.fill(content, (byte) i);
                files.write("thing", VERSION, out -> out.write(content));
            }
        }
    }

    @Test
    void a_kill_at_any_moment_leaves_a_good_file() throws Exception {
        for (int i = 0; i < 4; i++) {
            Files.deleteIfExists(file());
            Process writer = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-Xmx32m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            file().getParent().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(new File("/dev/null"))
                    .start();
            Awaitility.await().until(() -> Files.exists(file()));
            TimeUnit.MILLISECONDS.sleep(7L * i);
            writer.destroyForcibly().waitFor();
            List<byte[]> read = new ArrayList<>();
            files().read("thing", VERSION, in -> {
                byte[] content = new byte[300_000];
                in.readFully(content);
                read.add(content);
            });
            assertThat(read).hasSize(1);
            byte[] content = read.get(0);
            byte[] same = new byte[content.length];
            Arrays.fill(same, content[0]);
            assertThat(content).isEqualTo(same);
            assertThat(aside()).doesNotExist();
        }
        write("what was left half-written is no obstacle");
        assertThat(folder.resolve("state").toFile().list()).hasSize(1);
    }
}

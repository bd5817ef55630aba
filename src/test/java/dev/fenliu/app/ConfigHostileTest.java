package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Quiet;
import dev.fenliu.hostile.Table;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile configs and files that configs name, in the tables {@code resources/hostile/config*.txt}. */
@Timeout(120)
class ConfigHostileTest {
    /** What stands in the folder of the config besides it. */
    private static final List<String> PIPES = List.of("pipe", "pipe.pem");

    private static final int MOST = 1100; // characters of a problem: its words, its line, its hint

    @TempDir
    static Path etc;

    @TempDir
    static Path state;

    private static EventLoopGroup loops;
    private static Quiet quiet;

    @BeforeAll
    static void open() throws Exception {
        loops = Sockets.loops(1);
        Files.writeString(etc.resolve("list.txt"), "a.test\n");
        Files.createDirectory(etc.resolve("folder"));
        for (String pipe : PIPES) {
            String path = etc.resolve(pipe).toString();
            assertThat(new ProcessBuilder("mkfifo", path).start().waitFor()).isZero();
        }
        link("zero", "/dev/zero");
        link("null", "/dev/null");
        link("loop", "loop");
        link("nowhere", "missing");
        link("to-pipe", "pipe");
        link("to-list", "list.txt");
        link("to-memory", "/proc/self/mem");
        try (RandomAccessFile huge = new RandomAccessFile(etc.resolve("huge").toFile(), "rw")) {
            huge.setLength(3L << 30); // holds nothing, so takes no room
        }
        SelfSigned mine = SelfSigned.generate(List.of(dev.fenliu.model.Host.parse("a.test")), Instant.now());
        Files.writeString(etc.resolve("cert.pem"), mine.certificate());
        Files.writeString(etc.resolve("key.pem"), mine.privateKey());
        quiet = Quiet.watch();
    }

    private static void link(String name, String target) throws Exception {
        Files.createSymbolicLink(etc.resolve(name), Path.of(target));
    }

    @AfterAll
    static void close() {
        quiet.end(0);
        loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    static Stream<Table.Case> configs() {
        return Table.cases("config.txt", "config-files.txt");
    }

    @ParameterizedTest
    @MethodSource("configs")
    void a_config_is_taken_for_what_it_says_or_refused_where_it_is_wrong(Table.Case one) throws Exception {
        List<Problem> problems = check(write(Table.unescape(one.sent())));
        assertThat(problems.toString()).doesNotContain("hunter2");
        List<Problem> errors = problems.stream()
                .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                .toList();
        if (one.expected().startsWith("ok")) {
            assertThat(errors).isEmpty();
            assertThat(problems.toString()).contains(one.expected().replaceFirst("ok:? ?", ""));
            return;
        }
        String[] expected = one.expected().split(" \\| ", -1);
        boolean more = expected[expected.length - 1].equals("…");
        assertThat(errors).hasSizeGreaterThanOrEqualTo(expected.length - (more ? 1 : 0));
        for (int i = 0; i < expected.length - (more ? 1 : 0); i++) {
            String[] wanted = expected[i].split(" ", 2);
            assertThat(errors.get(i).toString()).startsWith("config.yaml:" + wanted[0] + ": error: ");
            assertThat(errors.get(i).toString()).contains(wanted[1]);
        }
        if (!more) {
            assertThat(errors).hasSize(expected.length);
        }
    }

    private static Path write(byte[] content) throws Exception {
        Path file = etc.resolve("config.yaml");
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    /** What {@code check} does with a file. */
    private static List<Problem> check(Path file) throws Stop {
        Problems problems = new Problems();
        Config config = new ConfigSource("config.yaml", Optional.of(file)).read(problems);
        try (Inquiry inquiry =
                config == null ? null : Inquiry.of(config, Kept.fresh(loops, System::nanoTime, state), problems)) {
            assertThat(inquiry == null).as("refused").isEqualTo(problems.hasErrors());
        }
        for (Problem problem : problems.all()) {
            assertThat(problem.message()).isNotBlank();
            assertThat(problem.position().line()).isPositive();
            assertThat(problem.toString()).hasSizeLessThan(2 * MOST);
            assertThat(problem.toString().codePoints())
                    .allMatch(c -> c == '\n' || c == '\t' || !isInvisible(Character.getType(c)));
        }
        assertThat(problems.all()).hasSizeLessThanOrEqualTo(2002);
        return problems.all();
    }

    private static boolean isInvisible(int type) {
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    @Test
    void what_is_no_file_is_no_config_either() throws Exception {
        for (String name : List.of("pipe", "to-pipe", "zero", "null")) {
            assertThat(stop(name)).contains("it is a device or a pipe, not a file");
        }
        assertThat(stop("folder")).contains("it is a folder");
        assertThat(stop("loop")).contains("symbolic links");
        assertThat(stop("huge")).contains("it is larger than 12 MiB");
        assertThat(stop("missing")).contains("there is no such file");
        assertThat(stop("to-memory")).contains("cannot read");
    }

    private static String stop(String name) {
        try {
            return "no error but " + check(etc.resolve(name));
        } catch (Stop e) {
            assertThat(e.code()).isEqualTo(ExitCode.CONFIG);
            return e.getMessage();
        }
    }

    /** Whoever walks such a way does it step by step, one in the other. */
    @Test
    void a_way_through_very_many_outbounds_is_refused_in_any_order() throws Exception {
        for (int count : new int[] {65, 66, 20_000}) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String via = i == 0 ? "" : ", via: o" + (i - 1);
                lines.add("  o" + i + ": {type: socks5, server: \"a.test:1\"" + via + "}\n");
            }
            for (int order = 0; order < 2; order++) {
                byte[] config = ("outbounds:\n" + String.join("", lines)).getBytes(StandardCharsets.US_ASCII);
                String said = check(write(config)).toString();
                assertThat(said.contains("goes through more than 64 outbounds")).isEqualTo(count > 65);
                assertThat(said.contains("error")).isEqualTo(count > 65);
                Collections.reverse(lines);
            }
        }
    }

    @Test
    void every_beginning_of_a_config_and_every_changed_byte_is_read_or_refused() throws Exception {
        for (Table.Case golden : Table.read("config-golden.txt")) {
            byte[] whole = Table.unescape(golden.sent());
            assertThat(check(write(whole)).toString()).as(golden.text()).doesNotContain("error");
            for (byte[] beginning : Mutations.truncations(whole)) {
                check(write(beginning));
            }
            for (byte[] changed : Mutations.flips(whole)) {
                check(write(changed));
            }
        }
    }
}

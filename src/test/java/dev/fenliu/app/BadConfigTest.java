package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the user reads when a config is wrong, word for word. Each {@code *.txt} below {@code bad-configs} holds cases: a
 * line {@code === NAME}, the config, a line {@code =>}, and everything that {@code check} says about it.
 *
 * <p>After a change of messages, {@code mvn test -Dtest=BadConfigTest -Dbad-configs=rewrite} writes what is said now
 * into those files; the diff is then to be read as a user would.
 */
final class BadConfigTest {
    private static final Path FOLDER = Path.of("src/test/resources/bad-configs").toAbsolutePath();
    private static final boolean REWRITE = "rewrite".equals(System.getProperty("bad-configs"));

    /** Stands for /etc/fenliu; holds what lies in {@code files}, and keys that are made for the occasion. */
    @TempDir
    static Path etc;

    @TempDir
    static Path state;

    private static EventLoopGroup loops;

    private record Case(String name, String config, String expected) {}

    @BeforeAll
    static void start() throws IOException {
        loops = Sockets.loops(1);
        Path files = FOLDER.resolve("files");
        try (Stream<Path> all = Files.walk(files)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path copy = etc.resolve(files.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        List<Host> names = List.of(Host.parse("vps.example"));
        SelfSigned mine = SelfSigned.generate(names, Instant.now());
        Files.writeString(etc.resolve("cert.pem"), mine.certificate());
        Files.writeString(etc.resolve("key.pem"), mine.privateKey());
        Files.writeString(etc.resolve("locked-key.pem"), mine.privateKey().replace("PRIVATE", "ENCRYPTED PRIVATE"));
        Files.writeString(etc.resolve("old-key.pem"), mine.privateKey().replace("PRIVATE", "EC PRIVATE"));
        Files.writeString(
                etc.resolve("other-key.pem"),
                SelfSigned.generate(names, Instant.now()).privateKey());
    }

    @AfterAll
    static void stop() {
        loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    @TestFactory
    Stream<DynamicNode> every_bad_config_gets_these_words() throws IOException {
        List<DynamicNode> files = new ArrayList<>();
        for (Path file : files()) {
            List<Case> cases = cases(Files.readString(file));
            if (REWRITE) {
                rewrite(file, cases);
            }
            files.add(dynamicContainer(
                    file.getFileName().toString(),
                    (REWRITE ? cases(Files.readString(file)) : cases)
                            .stream()
                                    .map(one -> dynamicTest(
                                            one.name,
                                            () -> assertThat(said(one.config)).isEqualTo(one.expected)))));
        }
        return files.stream();
    }

    @Test
    void there_are_many_cases_and_no_two_have_the_same_name() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path file : files()) {
            cases(Files.readString(file)).forEach(one -> names.add(file.getFileName() + ": " + one.name));
        }
        assertThat(names).hasSizeGreaterThanOrEqualTo(170).doesNotHaveDuplicates();
    }

    @Test
    void no_secret_is_ever_said() throws IOException {
        for (Path file : files()) {
            for (Case one : cases(Files.readString(file))) {
                assertThat(one.expected).as(one.name).doesNotContain("hunter", "aHVudGVy");
            }
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> list = Files.list(FOLDER)) {
            return list.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Case> cases(String text) {
        List<Case> cases = new ArrayList<>();
        for (String part : ("\n" + text).split("\n=== ", -1)) {
            int line = part.indexOf('\n');
            if (cases.isEmpty() && part.isBlank()) {
                continue;
            }
            String[] both = part.substring(line + 1).split("(?m)^=>$\n?", 2);
            assertThat(both).as(part).hasSize(2);
            cases.add(new Case(part.substring(0, line), both[0], both[1].strip()));
        }
        return cases;
    }

    private static void rewrite(Path file, List<Case> cases) throws IOException {
        StringBuilder out = new StringBuilder();
        for (Case one : cases) {
            out.append("=== ").append(one.name).append('\n').append(one.config).append("=>\n");
            out.append(said(one.config)).append("\n\n");
        }
        Files.writeString(file, out.substring(0, out.length() - 1));
    }

    /** All that is said about a config called config.yaml in a folder that is called /etc/fenliu here. */
    private static String said(String text) {
        Problems problems = new Problems();
        Config config = ConfigReader.read(
                "config.yaml", Optional.of(etc.resolve("config.yaml")), text, Catalog.PROTOCOLS, problems);
        try (Inquiry inquiry =
                config == null ? null : Inquiry.of(config, Kept.fresh(loops, System::nanoTime, state), problems)) {
            assertThat(inquiry == null).as("refused").isEqualTo(problems.hasErrors());
        }
        String said = problems.all().stream().map(Problem::toString).collect(Collectors.joining("\n"));
        return said.isEmpty() ? "(nothing)" : said.replace(etc.toString(), "/etc/fenliu");
    }
}

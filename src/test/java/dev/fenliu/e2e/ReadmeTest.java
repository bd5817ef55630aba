package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of the README, run as they stand there. */
@Tag("program")
@Timeout(420)
class ReadmeTest {
    private static final String BUILD = "mvn -q -DskipTests package";
    private static final String DEMO = "java -jar target/fenliu.jar demo";

    /** Newer Java runtimes complain about a library that Maven itself uses. */
    private static final String JAVA_ABOUT_MAVEN = "(?m)^WARNING: .*(sun\\.misc\\.Unsafe|com\\.google\\.common).*\\R";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "README.zh-CN.md"})
    void both_languages_give_the_two_commands(String file) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(file));
        assertThat(lines).contains(BUILD + " && " + DEMO, "mvn verify");
        assertThat(Files.readString(Path.of(".ci/run"))).contains("mvn -B -ntp verify");
    }

    @Test
    void the_first_command_builds_and_shows_the_split() throws Exception {
        String curl = Programs.require("curl");
        copySources();
        Programs.Result built = Programs.run(List.of("sh", "-c", BUILD), Map.of(), folder, Duration.ofMinutes(5));
        assertThat(built.code()).as(built.toString()).isZero();
        assertThat((built.out() + built.err())
                        .replaceAll("\u001b\\[[0-9;]*m", "")
                        .replaceAll(JAVA_ABOUT_MAVEN, ""))
                .isBlank();

        Path log = folder.resolve("demo.log");
        Process demo = new ProcessBuilder("sh", "-c", "exec " + DEMO)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(log).contains("Ctrl-C") || !demo.isAlive());
            List<String> lines =
                    Files.readAllLines(log).stream().map(String::strip).toList();
            String tunnelled = page(curl, lines, "tunnel.fenliu.test");
            assertThat(tunnelled).contains("road: tunnel").contains("rule: demo-client.yaml:");
            String direct = page(curl, lines, "direct.fenliu.test");
            assertThat(direct).contains("road: direct").contains("rule: demo-client.yaml:");
            demo.destroy();
            assertThat(demo.waitFor(15, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(log)).contains("path=tunnel").doesNotContain("Exception");
        } finally {
            demo.destroyForcibly();
        }
        try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("fenliu-demo")))
                    .isEmpty();
        }
    }

    /** Runs the line that the demo prints for that name. */
    private static String page(String curl, List<String> lines, String name) throws Exception {
        String line = lines.stream()
                .filter(text -> text.startsWith("curl ") && text.contains(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(lines.toString()));
        return Programs.output("sh", "-c", line.replaceFirst("curl", curl + " -sS --noproxy ''"));
    }

    private void copySources() throws IOException {
        for (String name : List.of("pom.xml", "src/main", "rules", ".mvn")) {
            Path from = Path.of(name);
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.toList()) {
                    Path to = folder.resolve(name).resolve(from.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(to);
                    } else {
                        Files.createDirectories(to.getParent());
                        Files.copy(file, to);
                    }
                }
            }
        }
    }
}

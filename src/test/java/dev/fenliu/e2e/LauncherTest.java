package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the jar. */
@Tag("program")
@Timeout(300)
class LauncherTest {
    private static final Path BUILT = Path.of(System.getProperty("fenliu.jar", "target/fenliu.jar"));
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            api: {listen: "127.0.0.1:0"}
            dns: {direct: ["udp://127.0.0.1:9"]}
            """;

    @TempDir
    private Path folder;

    private Path script;
    private Path cache;

    @BeforeEach
    void install() throws IOException {
        cache = folder.resolve("the cache");
        install("a folder");
    }

    private void install(String name) throws IOException {
        Path there = Files.createDirectory(folder.resolve(name));
        script = Files.copy(BUILT.resolveSibling("fenliu"), there.resolve("fenliu"));
        Files.copy(BUILT, there.resolve("fenliu.jar"));
    }

    private Fenliu start(String name, String... environment) throws IOException {
        Path config = folder.resolve(name + ".yaml");
        Fenliu.write(config, CONFIG);
        List<String> command = new ArrayList<>(List.of(
                "env",
                "-u",
                "CACHE_DIRECTORY",
                "XDG_CACHE_HOME=" + cache,
                "JAVA_HOME=" + System.getProperty("java.home")));
        command.addAll(List.of(environment));
        command.addAll(List.of(script.toString(), "run", "-c", config.toString()));
        return Fenliu.launch(folder, name, command);
    }

    private Programs.Result run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
        command.addAll(List.of(arguments));
        return Programs.run(command, environment, folder);
    }

    /** Relays a flow, ends it by TERM, and looks at all that was written. */
    private static void serves(Fenliu fenliu) throws Exception {
        try (Origin origin = new Origin();
                Socket client = new Socket(InetAddress.getLoopbackAddress(), fenliu.port("in"))) {
            client.setSoTimeout(15_000);
            String there = "127.0.0.1:" + origin.port();
            client.getOutputStream()
                    .write(("CONNECT " + there + " HTTP/1.1\r\nHost: " + there + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
        fenliu.signal("TERM");
        assertThat(fenliu.process().waitFor(15, TimeUnit.SECONDS)).isTrue();
        assertThat(fenliu.process().exitValue()).isZero();
        assertThat(fenliu.text().lines())
                .allMatch(line -> line.startsWith("fenliu ")
                        || line.startsWith("listening on ")
                        || line.contains(" info generation 1 is in force")
                        || line.contains(" info stopping: "));
    }

    private List<Path> cached() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private boolean isArchiveMade() throws IOException {
        return Files.exists(cache)
                && cached().stream().anyMatch(file -> file.toString().endsWith(".jsa"))
                && cached().size() == 1;
    }

    @Test
    void the_first_start_makes_an_archive_that_the_next_one_uses_until_the_jar_is_another() throws Exception {
        install("no-space"); // with one, Java 17 takes no class of ours from an archive
        try (Fenliu first = start("first")) {
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(this::isArchiveMade);
            serves(first);
        }
        Path archive = cached().get(0);
        assertThat(archive.getParent().toFile().list())
                .containsExactly(archive.getFileName().toString());

        Path loaded = folder.resolve("loaded.txt");
        try (Fenliu second = start("second", "JAVA_OPTS=-Xlog:class+load:file=" + loaded + " -Xss512k")) {
            serves(second);
        }
        assertThat(Files.readString(loaded)).contains("dev.fenliu.app.Service source: shared objects file (top)");
        assertThat(cached()).containsExactly(archive);

        Files.delete(archive);
        Files.write(archive, new byte[4096]); // what no Java has written
        try (Fenliu third = start("third")) {
            serves(third);
        }

        Files.delete(archive);
        Path copy = Files.copy(BUILT, script.resolveSibling("new.jar"));
        Files.move(copy, script.resolveSibling("fenliu.jar"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        try (Fenliu fourth = start("fourth")) {
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(this::isArchiveMade);
            serves(fourth);
        }
        assertThat(cached()).doesNotContain(archive);
    }

    @Test
    void a_cache_that_cannot_be_used_does_no_harm() throws Exception {
        Files.writeString(cache, "not a folder");
        try (Fenliu fenliu = start("home")) {
            serves(fenliu);
        }
        assertThat(cache).hasContent("not a folder");
    }

    @Test
    void it_is_found_through_links_and_passes_arguments_and_exit_codes_on() throws Exception {
        Path near = Files.createSymbolicLink(folder.resolve("near"), Path.of("a folder/fenliu"));
        script = Files.createSymbolicLink(folder.resolve("far"), near);
        Map<String, String> environment =
                Map.of("JAVA_HOME", System.getProperty("java.home"), "XDG_CACHE_HOME", cache.toString());
        Programs.Result version = run(environment, "version");
        assertThat(version.code()).as(version.toString()).isZero();
        assertThat(version.out()).startsWith("fenliu ");
        assertThat(version.err()).isEmpty();
        assertThat(run(environment, "no such command").code()).isEqualTo(2);

        Path bad = folder.resolve("bad config.yaml");
        Fenliu.write(bad, "rules: [{to: nowhere}]\n");
        assertThat(run(environment, "check", "-c", bad.toString()).code()).isEqualTo(3);
        assertThat(cache).doesNotExist();
    }

    @Test
    void without_a_java_that_serves_it_says_so() throws Exception {
        Programs.Result none = run(Map.of("JAVA_HOME", "", "PATH", folder.toString()), "version");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err())
                .isEqualTo("fenliu: there is no java in PATH: install Java 17 or newer, or set JAVA_HOME\n");

        Programs.Result wrong = run(Map.of("JAVA_HOME", folder.toString()), "version");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("no bin/java in JAVA_HOME, which is " + folder);

        Path java = Files.createDirectory(folder.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Programs.Result old = run(Map.of("JAVA_HOME", folder.toString()), "version");
        assertThat(old.code()).isEqualTo(1);
        assertThat(old.err()).isEqualTo("fenliu: Java 17 or newer is needed; " + java + " is 11.0.2\n");

        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"A\"\nJAVA_VERSION=\"1.8.0_402\"\n");
        assertThat(run(Map.of("JAVA_HOME", folder.toString()), "version").err()).contains(java + " is 1.8.0_402");
    }
}

package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The packaged program in a process of its own. */
public final class Fenliu implements AutoCloseable {
    private static final String JAR = System.getProperty("fenliu.jar", "target/fenliu.jar");

    private final Path folder;
    private final Path log;
    private final Process process;

    private Fenliu(Path folder, Path log, Process process) {
        this.folder = folder;
        this.log = log;
        this.process = process;
    }

    /** The command line of a command of the program. */
    public static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dio.netty.leakDetection.level=paranoid",
                "-jar",
                JAR));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a command to its end. */
    public static Programs.Result run(String... arguments) throws IOException, InterruptedException {
        return Programs.run(command(arguments));
    }

    /** Starts the proxy with a config, and waits until it listens. */
    public static Fenliu start(Path folder, String name, String config) throws IOException {
        Files.createDirectories(folder);
        write(folder.resolve(name + ".yaml"), config);
        return launch(
                folder,
                name,
                command("run", "-c", folder.resolve(name + ".yaml").toString()));
    }

    /** Starts any command that goes on, and waits until it listens. */
    public static Fenliu launch(Path folder, String name, List<String> command) throws IOException {
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        builder.environment().remove("JOURNAL_STREAM");
        Fenliu fenliu = new Fenliu(folder, log, builder.start());
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> fenliu.text().contains("listening on ") || !fenliu.process.isAlive());
        if (!fenliu.process.isAlive()) {
            throw new AssertionError(name + " did not start:\n" + fenliu.text());
        }
        return fenliu;
    }

    /** Replaces a config file whole, readable by its owner alone. */
    public static void write(Path file, String text) throws IOException {
        Path part = Files.createTempFile(file.getParent(), "part", null);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(part, text);
        Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** What it has written so far. */
    public String text() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The port of the listener of that name. */
    public int port(String listener) {
        Pattern line = Pattern.compile("listening on \\S+:(\\d+) \\(" + Pattern.quote(listener) + "\\)\n");
        Matcher matcher = line.matcher(text());
        if (matcher.find()) {
            return Integer.parseInt(matcher.group(1));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(text()).containsPattern(line));
        return port(listener); // it was about to say it
    }

    /** Waits until it has written {@code text}. */
    public void awaitText(String text) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(text()).contains(text));
    }

    public long pid() {
        return process.pid();
    }

    public Process process() {
        return process;
    }

    public Path folder() {
        return folder;
    }

    /** Sends a signal. */
    public void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Ends it, and checks that it had nothing to complain of. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (process.isAlive()) {
            signal("TERM");
            signal("TERM");
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("did not stop:\n" + text());
            }
        }
        assertThat(text()).doesNotContain("LEAK").doesNotContain("Exception").doesNotContain("WARNING:");
    }
}

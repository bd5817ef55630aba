package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** Programs that nobody here wrote: found, started on loopback, and ended again. */
public final class Programs {
    /** What a program said and how it ended. */
    public record Result(int code, String out, String err) {}

    private Programs() {}

    /** Skips the test when the program is missing; fails it where all of them are required. */
    public static String require(String program) {
        for (String folder : (System.getenv("PATH") + ":/usr/sbin:/sbin:/usr/local/sbin").split(":", -1)) {
            Path path = Path.of(folder, program);
            if (Files.isExecutable(path)) {
                return path.toString();
            }
        }
        requireFact(false, program + " is not installed");
        throw new AssertionError(program);
    }

    /** Skips the test when something about this machine is missing; fails it where all is required. */
    public static void requireFact(boolean fact, String otherwise) {
        if (!fact && "required".equals(System.getenv("FENLIU_INTEROP"))) {
            throw new AssertionError(otherwise);
        }
        Assumptions.assumeTrue(fact, otherwise);
    }

    /** A TCP port that is free now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until something accepts on the port. */
    public static void awaitPort(int port) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    /** Runs a command to its end, at most a minute. */
    public static Result run(List<String> command) throws IOException, InterruptedException {
        return run(command, Map.of(), null);
    }

    /** The same with more environment and a folder. */
    public static Result run(List<String> command, Map<String, String> environment, Path folder)
            throws IOException, InterruptedException {
        return run(command, environment, folder, Duration.ofMinutes(1));
    }

    /** The same within another time. */
    public static Result run(List<String> command, Map<String, String> environment, Path folder, Duration time)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("out", null);
        Path err = Files.createTempFile("err", null);
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"));
            builder.environment().putAll(environment);
            if (folder != null) {
                builder.directory(folder.toFile());
            }
            Process process = builder.start();
            if (!process.waitFor(time.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(command + " did not end: " + text(out) + text(err));
            }
            return new Result(process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Runs a command that must succeed and gives what it printed. */
    public static String output(String... command) throws IOException, InterruptedException {
        Result result = run(List.of(command));
        assertThat(result.code())
                .as(() -> String.join(" ", command) + "\n" + result)
                .isZero();
        return result.out();
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** A server that runs until it is closed; its output goes to a file beside its config. */
    public static AutoCloseable serve(Path log, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile())
                .start();
        return () -> {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        };
    }
}

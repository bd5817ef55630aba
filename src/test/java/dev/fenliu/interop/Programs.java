package dev.fenliu.interop;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Programs of others that a test starts on loopback; all are stopped at its end. */
final class Programs implements AutoCloseable {
    private static final boolean REQUIRED = "required".equals(System.getenv("FENLIU_INTEROP"));

    private final Path folder;
    private final List<Process> running = new ArrayList<>();

    Programs(Path folder) {
        this.folder = folder;
    }

    /** Runs a program to its end; its output. The test is skipped when the program is not installed. */
    String run(String... command) throws Exception {
        require(command[0]);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    /** Runs a program that is told {@code input}; what it printed, however it ended. */
    String converse(String input, String... command) throws Exception {
        require(command[0]);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        running.add(process);
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Starts a program that goes on by itself. */
    void start(String... command) throws IOException {
        require(command[0]);
        running.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log-" + running.size()).toFile())
                .start());
    }

    /** Starts a server and waits until it listens on {@code port}. */
    void serve(int port, String... command) throws Exception {
        require(command[0]);
        Path log = folder.resolve("log-" + port);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        running.add(process);
        for (int i = 0; i < 200; i++) {
            try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive()) {
                    break;
                }
                Thread.sleep(50);
            }
        }
        throw new IOException(String.join(" ", command) + " does not listen: " + Files.readString(log));
    }

    static void require(String program) {
        boolean there = Stream.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin")
                .anyMatch(dir -> Files.isExecutable(Path.of(dir).resolve(program)));
        if (!there && REQUIRED) {
            throw new AssertionError(program + " is not installed, and FENLIU_INTEROP=required");
        }
        assumeTrue(there, program + " is not installed");
    }

    Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() throws Exception {
        for (Process process : running) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.waitFor();
        }
    }
}

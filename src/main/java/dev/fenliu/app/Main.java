package dev.fenliu.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The program's entry. */
public final class Main {
    private Main() {}

    /** Runs the command that {@code args} name and ends the program with its {@link ExitCode}. */
    public static void main(String[] args) {
        forgetSystemResolver();
        setUpNetty();
        System.exit(run(args));
    }

    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    static int run(String... args) {
        if (isPlainRun(args)) {
            return RunCommand.run(args.length == 1 ? null : args[2]);
        }
        Optional<NamesCommand.Kind> names = NamesCommand.asked(args);
        return names.isPresent() ? NamesCommand.run(names.get()) : Commands.run(args);
    }

    /**
     * Whether it is what a service is started with, of which a look says all there is to know. The parser of command lines
     * would take as long as all the rest of the start.
     */
    private static boolean isPlainRun(String[] args) {
        if (args.length == 0 || !args[0].equals("run")) {
            return false;
        }
        return args.length == 1
                || args.length == 3
                        && (args[1].equals("-c") || args[1].equals("--config"))
                        && !args[2].startsWith("-") // an option
                        && !args[2].startsWith("@"); // a file of arguments
    }

    /**
     * Takes the operating system's resolver away from the Java runtime: a slip that would look a name up behind our back
     * then fails loudly instead of leaking. Must come before the first use of InetAddress.
     */
    private static void forgetSystemResolver() {
        System.setProperty("jdk.net.hosts.file", emptyFile().toString());
    }

    private static Path emptyFile() {
        Path device = Path.of("/dev/null");
        if (Files.exists(device)) {
            return device; // leaves no trace, however the program ends
        }
        try {
            Path empty = Files.createTempFile("fenliu", ".hosts");
            empty.toFile().deleteOnExit();
            return empty;
        } catch (IOException e) {
            return device; // which is not there, so nothing is found either
        }
    }

    /**
     * Netty is to count and free its buffers itself, which the manifest opens java.nio for: Java's own way clears each buffer,
     * and stops the event loop for half a second when there is no room for one. And it would load the flight recorder with
     * the first buffer, for events that nobody records here.
     */
    private static void setUpNetty() {
        System.getProperties().putIfAbsent("io.netty.tryReflectionSetAccessible", "true");
        System.getProperties().putIfAbsent("io.netty.jfr.enabled", "false");
    }
}

package dev.fenliu.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program's entry: the commands and their exit codes. */
@Command(
        name = "fenliu",
        description = "A split-routing proxy: what a rule sends to a tunnel leaves through it, all else goes direct.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        subcommands = {
            RunCommand.class,
            DemoCommand.class,
            CheckCommand.class,
            ExplainCommand.class,
            SchemaCommand.class,
            VersionCommand.class
        },
        footer = {
            "",
            "To start with:",
            "  fenliu demo                       see the split on this machine, with no config",
            "  fenliu run -c config.yaml         the proxy",
            "  fenliu explain chatgpt.com        who decides about a host, and why"
        })
public final class Main implements Runnable {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack of what nobody expected.")
    private boolean debug;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Runs the command that {@code args} name and ends the program with its {@link ExitCode}. */
    public static void main(String[] args) {
        forgetSystemResolver();
        System.exit(run(args));
    }

    static int run(String... args) {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Main::usage);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof Stop stop) {
                System.err.println("fenliu: " + stop.getMessage());
                return stop.code();
            }
            System.err.println("fenliu: unexpected: " + failure);
            if (main.debug) {
                failure.printStackTrace(System.err);
            } else {
                System.err.println("  (--debug shows the stack)");
            }
            return ExitCode.FAILED;
        });
        return line.execute(args);
    }

    private static int usage(ParameterException failure, String[] args) {
        CommandLine line = failure.getCommandLine();
        line.getErr().println("fenliu: " + failure.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr())) {
            line.getErr()
                    .println("Try: fenliu " + (line.getParent() == null ? "" : line.getCommandName() + " ") + "--help");
        }
        return ExitCode.USAGE;
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

    @Override
    public void run() {
        spec.commandLine().usage(System.err);
    }
}

package dev.fenliu.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The commands, and what is said when one of them fails. */
@Command(
        name = "fenliu",
        description = "A split-routing proxy: what a rule sends to a tunnel leaves through it, all else goes direct.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        subcommands = {
            RunCommand.class,
            DemoCommand.class,
            ServeCommand.class,
            PairCommand.class,
            CheckCommand.class,
            ExplainCommand.class,
            RuleCommand.class,
            ChangesCommand.class,
            ChangesCommand.Undo.class,
            ChangesCommand.Confirm.class,
            FmtCommand.class,
            FmtCommand.Migrate.class,
            StatusCommand.class,
            TopCommand.class,
            LogsCommand.class,
            ReloadCommand.class,
            RouteCommand.class,
            DashboardCommand.class,
            ShareCommand.class,
            AcceptCommand.class,
            DoctorCommand.class,
            DnsCommand.class,
            GatewayCommand.class,
            SelfTestCommand.class,
            BugreportCommand.class,
            SchemaCommand.class,
            CompletionCommand.class,
            NamesCommand.class,
            VersionCommand.class
        },
        footer = {
            "",
            "To start with:",
            "  fenliu demo                       see the split on this machine, with no config",
            "  fenliu serve                      on a rented machine: the tunnel's server, and a pairing string",
            "  fenliu pair                       at home: takes the string",
            "  fenliu run -c config.yaml         the proxy",
            "  fenliu explain chatgpt.com        who decides about a host, and why"
        })
final class Commands implements Runnable {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack of what nobody expected.")
    private boolean debug;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Runs the command that {@code args} name. @return its {@link ExitCode} */
    static int run(String... args) {
        return run(CommandLine.defaultFactory(), args);
    }

    /**
     * The same.
     *
     * @param factory makes the commands
     */
    static int run(CommandLine.IFactory factory, String... args) {
        Commands commands = new Commands();
        CommandLine line = new CommandLine(commands, factory);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Commands::usage);
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, commands.debug));
        return line.execute(args);
    }

    private static int usage(ParameterException failure, String[] args) {
        CommandLine line = failure.getCommandLine();
        line.getErr().println("fenliu: " + failure.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr())) {
            line.getErr().println("Try: " + line.getCommandSpec().qualifiedName() + " --help");
        }
        return ExitCode.USAGE;
    }

    /** Says why a command failed. @return its {@link ExitCode} */
    static int failed(Exception failure, boolean debug) {
        if (failure instanceof Stop stop) {
            System.err.println("fenliu: " + stop.getMessage());
            return stop.code();
        }
        System.err.println("fenliu: unexpected: " + failure);
        if (debug) {
            failure.printStackTrace(System.err);
        } else {
            System.err.println("  (--debug shows the stack)");
        }
        return ExitCode.FAILED;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.err);
    }
}

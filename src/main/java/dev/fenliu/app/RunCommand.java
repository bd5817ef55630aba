package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fenliu run}: the proxy, until TERM. */
@Command(name = "run", description = "Run the proxy.", mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; else $FENLIU_CONFIG, ./config.yaml, ~/.config/fenliu/config.yaml, "
                    + "/etc/fenliu/config.yaml, else built-in defaults.")
    private @Nullable Path config;

    /** Runs the proxy, with nothing else on the command line. @return an {@link ExitCode} */
    static int run(@Nullable String config) {
        try {
            return run(config == null ? null : Path.of(config));
        } catch (Exception e) {
            return Commands.failed(e, false);
        }
    }

    @Override
    public Integer call() throws Exception {
        return run(config);
    }

    private static int run(@Nullable Path config) throws Exception {
        ConfigSource source = ConfigSource.find(config);
        System.err.println("fenliu " + Main.version() + ", config: " + source.name());
        Problems problems = new Problems();
        Config read = source.read(problems);
        if (read == null) {
            Terminal.print(problems);
            return ExitCode.CONFIG;
        }
        Service service = new Service(source, read, StateFolder.path());
        service.obeySignals();
        service.start(problems);
        if (source.file().isEmpty()) {
            System.err.println(
                    "The group \"tunnel\" has no member yet, so OpenAI hosts are refused; all else goes direct.");
            System.err.println("Write a config.yaml (see config.example.yaml) or try: fenliu demo");
        }
        service.untilStopped();
        return ExitCode.OK;
    }
}

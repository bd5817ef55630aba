package dev.fenliu.app;

import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.HeldLists;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu accept}: takes a list that was held back. */
@Command(
        name = "accept",
        description =
                "Take the new copy of a list that was held back because it lost more than half of what was in it.",
        mixinStandardHelpOptions = true)
final class AcceptCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "A subscription or a rule-set with a URL.")
    private String name = "";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; found as `run` finds it if absent.")
    private @Nullable Path config;

    @Override
    public Integer call() throws Exception {
        Problems problems = new Problems();
        Config read = ConfigSource.find(config).read(problems);
        if (read == null) {
            Terminal.print(problems);
            return ExitCode.CONFIG;
        }
        if (!HeldLists.names(read).contains(name)) {
            String hint = Nearest.hint(name, HeldLists.names(read));
            throw new Stop(
                    ExitCode.USAGE,
                    "there is no subscription or rule-set \"" + name + "\" with a URL"
                            + (hint == null ? "" : "; " + hint));
        }
        Map<String, String> accepted;
        try {
            accepted = HeldLists.accept(read, name, StateFolder.path());
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, "cannot accept \"" + name + "\": " + Type.reason(e));
        }
        if (accepted.isEmpty()) {
            throw new Stop(ExitCode.FAILED, "nothing is held back of \"" + name + "\"");
        }
        accepted.forEach((what, why) -> System.err.println(
                what + ": " + why + "; accepted: the running program takes it within half a minute"));
        return ExitCode.OK;
    }
}

package dev.fenliu.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code fenliu version}. */
@Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer>, IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "fenliu " + Main.version(), "Java " + Runtime.version() + " on " + System.getProperty("os.arch")
        };
    }

    @Override
    public Integer call() {
        System.out.println(String.join(System.lineSeparator(), getVersion()));
        return ExitCode.OK;
    }
}

package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Status;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.RuleTests;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fenliu check}: everything that a start would check, and lint. Sends nothing. */
@Command(
        name = "check",
        description = "Check a config: syntax, rules, lists, lint, rule tests.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; found as `run` finds it if absent.")
    private @Nullable Path config;

    @Override
    public Integer call() throws Exception {
        ConfigSource source = ConfigSource.find(config);
        Problems problems = new Problems();
        Config read = source.read(problems);
        EventLoopGroup loops = Sockets.loops(1);
        try (Inquiry inquiry = read == null
                ? null
                : Inquiry.of(read, Kept.fresh(loops, System::nanoTime, StateFolder.path()), problems)) {
            Terminal.print(problems);
            if (read == null || inquiry == null) {
                return ExitCode.CONFIG;
            }
            for (Status.Subscription subscription : inquiry.subscriptions()) {
                System.err.println("subscription " + SubscriptionText.of(subscription));
            }
            int aside = (int) problems.all().stream().filter(RuleTests::isAside).count();
            System.err.println(source.name() + " is good: " + count(read.rules().size(), "rule") + ", "
                    + count(read.ruleTests().size() - aside, "rule test") + " passed"
                    + (aside == 0 ? "" : ", " + aside + " set aside"));
            return ExitCode.OK;
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}

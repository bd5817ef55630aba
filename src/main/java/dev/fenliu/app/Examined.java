package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A config that is built to be asked, without a program that runs with it; option of commands. */
final class Examined {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; found as `run` finds it if absent.")
    private @Nullable Path config;

    /** Asks. @return an {@link ExitCode} */
    @FunctionalInterface
    interface Work {
        int with(Inquiry inquiry, EventLoopGroup loops) throws Stop, InterruptedException;
    }

    /** Builds it, and has it asked; where it has errors, says so. @return an {@link ExitCode} */
    int ask(Work work) throws Stop, InterruptedException {
        Problems problems = new Problems();
        Config read = ConfigSource.find(config).read(problems);
        EventLoopGroup loops = Sockets.loops(1);
        try (Inquiry inquiry = read == null ? null : build(read, problems, loops, StateFolder.path())) {
            if (inquiry == null) {
                Terminal.print(problems);
                return ExitCode.CONFIG;
            }
            return work.with(inquiry, loops);
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    /** What a config asks for, on what is kept in that folder; null when an error was reported. */
    static @Nullable Inquiry build(Config config, Problems problems, EventLoopGroup loops, Path state) {
        return Inquiry.of(config, Kept.fresh(loops, System::nanoTime, state), problems);
    }
}

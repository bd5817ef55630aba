package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu share}: an outbound for another program or phone. Sends nothing. */
@Command(
        name = "share",
        description = "Print the share link of an outbound, and its QR code on a terminal. Both hold its password.",
        mixinStandardHelpOptions = true)
final class ShareCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "An outbound of the config, or a node of a subscription.")
    private String name = "";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; found as `run` finds it if absent.")
    private @Nullable Path config;

    @Option(names = "--qr", description = "The QR code too where standard output is no terminal.")
    private boolean qr;

    @Override
    public Integer call() throws Exception {
        Problems problems = new Problems();
        Config read = ConfigSource.find(config).read(problems);
        EventLoopGroup loops = Sockets.loops(1);
        try (Inquiry inquiry = read == null
                ? null
                : Inquiry.of(read, Kept.fresh(loops, System::nanoTime, StateFolder.path()), problems)) {
            if (inquiry == null) {
                Terminal.print(problems);
                return ExitCode.CONFIG;
            }
            Problems refused = new Problems();
            String link = inquiry.share(name, refused);
            if (link == null) {
                Terminal.print(refused);
                return ExitCode.FAILED;
            }
            print(link);
            return ExitCode.OK;
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private void print(String link) throws Stop {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(link);
        if (qr || Terminal.showsOutput()) {
            boolean colour = Terminal.showsOutput() && System.getenv("NO_COLOR") == null;
            try {
                QrText.lines(link, colour).forEach(out::println);
            } catch (IllegalArgumentException e) {
                throw new Stop(ExitCode.FAILED, String.valueOf(e.getMessage()));
            }
        }
    }
}

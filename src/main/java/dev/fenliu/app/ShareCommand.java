package dev.fenliu.app;

import dev.fenliu.config.Problems;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private final Examined config = new Examined();

    @Option(names = "--qr", description = "The QR code too where standard output is no terminal.")
    private boolean qr;

    @Override
    public Integer call() throws Exception {
        return config.ask((inquiry, loops) -> {
            Problems refused = new Problems();
            String link = inquiry.share(name, refused);
            if (link == null) {
                Terminal.print(refused);
                return ExitCode.FAILED;
            }
            print(link);
            return ExitCode.OK;
        });
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

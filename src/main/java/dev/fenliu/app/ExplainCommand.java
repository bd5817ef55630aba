package dev.fenliu.app;

import dev.fenliu.control.rules.Asked;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.model.Host;
import dev.fenliu.route.Question;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu explain}: who decides about a host, and why, without sending a packet. */
@Command(
        name = "explain",
        description = "Say which rule decides about a host, and which way it goes. Sends nothing.",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "HOST[:PORT]",
            arity = "0..*",
            description = "A name, an address or a URL; port 443 if absent.")
    private List<String> hosts = List.of();

    @Mixin
    private final Examined config = new Examined();

    @Option(names = "--network", paramLabel = "tcp|udp", description = "The transport (tcp).", defaultValue = "tcp")
    private String network = "tcp";

    @Option(
            names = "--source",
            paramLabel = "IP[:PORT]",
            description = "The client (127.0.0.1).",
            defaultValue = "127.0.0.1")
    private String source = "127.0.0.1";

    @Option(
            names = "--listener",
            paramLabel = "NAME",
            description = "The listener that the client uses.",
            defaultValue = "")
    private String listener = "";

    @Option(names = "--user", paramLabel = "NAME", description = "Who the client logged in as.")
    private @Nullable String user;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Option(
            names = "--file",
            paramLabel = "LIST",
            description = "Also a file of hosts, one HOST[:PORT] or JSON object a line; - is standard input.")
    private @Nullable String file;

    @Option(names = "--resolve", description = "Look names up for rules that need addresses. This sends queries.")
    private boolean resolve;

    @Override
    public Integer call() throws Exception {
        if (hosts.isEmpty() && file == null) {
            throw new Stop(ExitCode.USAGE, "explain what? Give a host, or --file LIST");
        }
        Asked defaults = defaults();
        return config.ask((inquiry, loops) -> explain(inquiry, defaults, loops));
    }

    private Asked defaults() throws Stop {
        try {
            return Asked.defaults(network, source, listener, user);
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private int explain(Inquiry inquiry, Asked defaults, EventLoopGroup loops) throws Stop, InterruptedException {
        // One write for many lines: ten thousand hosts take seconds, not minutes.
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        StringBuilder lines = new StringBuilder();
        boolean good = true;
        for (String host : hosts) {
            good &= explain(inquiry, host, defaults, loops, lines);
        }
        if (file != null) {
            try (BufferedReader reader = new BufferedReader(open(file))) {
                for (String line; (line = reader.readLine()) != null; ) {
                    if (!line.isBlank()) {
                        good &= explain(inquiry, line.strip(), defaults, loops, lines);
                    }
                    if (lines.length() > 1 << 16) {
                        out.print(lines);
                        lines.setLength(0);
                    }
                }
            } catch (IOException e) {
                throw new Stop(ExitCode.USAGE, "cannot read " + file + ": " + dev.fenliu.config.Type.reason(e));
            }
        }
        out.print(lines);
        out.flush();
        return good || file != null ? ExitCode.OK : ExitCode.FAILED;
    }

    private static Reader open(String file) throws IOException {
        // bytes that are no UTF-8 spoil their line alone
        return new InputStreamReader(
                file.equals("-") ? System.in : Files.newInputStream(Path.of(file)), StandardCharsets.UTF_8);
    }

    private boolean explain(Inquiry inquiry, String text, Asked defaults, EventLoopGroup loops, StringBuilder out)
            throws InterruptedException {
        Asked asked;
        try {
            asked = defaults.read(text);
        } catch (IllegalArgumentException e) {
            out.append(
                    json
                            ? Answers.errorJson(defaults.given(text), String.valueOf(e.getMessage()))
                            : text + ": " + e.getMessage());
            out.append('\n');
            return false;
        }
        Question question = asked.question();
        Inquiry.Answer answer = inquiry.ask(question);
        if (resolve && answer.needsAddress().isPresent()) {
            answer = inquiry.ask(new Question(
                    question.flow(),
                    question.sniffed(),
                    question.protocol(),
                    java.util.Optional.of(lookUp(inquiry, asked, loops)),
                    question.process(),
                    question.device(),
                    0));
        }
        out.append(json ? Answers.json(asked, answer) : Answers.text(asked, answer, hosts.size() == 1 && file == null))
                .append('\n');
        return true;
    }

    private static List<InetAddress> lookUp(Inquiry inquiry, Asked asked, EventLoopGroup loops)
            throws InterruptedException {
        if (!(asked.host() instanceof Host.Name name)) {
            return List.of();
        }
        Future<List<InetAddress>> found =
                inquiry.lookUp(asked.question(), name, loops.next()).await();
        return found.isSuccess() ? found.getNow() : List.of();
    }
}

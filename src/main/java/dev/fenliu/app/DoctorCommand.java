package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.config.Nearest;
import dev.fenliu.engine.ChatGpt;
import dev.fenliu.engine.ChatGptRoads;
import dev.fenliu.engine.Diagnosis;
import dev.fenliu.engine.Examination;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.model.Failure;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu doctor chatgpt}: whether the rules and each tunnel do what ChatGPT needs, and what would help. */
@Command(
        name = "doctor",
        description = "Find out whether ChatGPT works through your tunnels, and what would help.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the rules send all of ChatGPT one way, and it works through a tunnel of it",
            "1:it does not work, or the rules send a part of it elsewhere",
            "3:the config is wrong",
            "6:no tunnel could be reached"
        })
final class DoctorCommand implements Callable<Integer> {
    @Parameters(paramLabel = "chatgpt", arity = "0..1", description = "What to look at.", defaultValue = "chatgpt")
    private String subject = "chatgpt";

    @Mixin
    private final Examined config = new Examined();

    @Option(names = "--outbound", paramLabel = "NAME", description = "This one alone, or the members of this group.")
    private @Nullable String outbound;

    @Option(names = "--all", description = "Every tunnel, and not only those that the rules send chatgpt.com to.")
    private boolean all;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "What streams a few words when OPENAI_API_KEY is set (${DEFAULT-VALUE}).",
            defaultValue = "gpt-4o-mini")
    private String model = "gpt-4o-mini";

    @Option(
            names = "--json",
            description =
                    "A JSON object a line: outbound (null for what is about no tunnel), verdict (ok, warn, fail or"
                            + " skip), subject, text, remedy; the last is about all.")
    private boolean json;

    private final ChatGpt sites;
    private boolean roadsDiffer;
    private boolean reached;

    DoctorCommand() {
        this(ChatGpt.REAL);
    }

    /** @param sites what is asked */
    DoctorCommand(ChatGpt sites) {
        this.sites = sites;
    }

    @Override
    public Integer call() throws Exception {
        if (!subject.equals("chatgpt")) {
            throw new Stop(ExitCode.USAGE, "the doctor knows chatgpt, not " + subject);
        }
        return config.ask(this::examine);
    }

    private int examine(Inquiry inquiry, EventLoopGroup loops) throws Stop, InterruptedException {
        ChatGptRoads roads = ChatGptRoads.of(inquiry);
        roadsDiffer = roads.apart();
        print("rules", roads.findings());
        List<Outbound> tunnels = inquiry.tunnels(roads.target());
        if (all) {
            tunnels = inquiry.tunnels();
        }
        String name = outbound;
        if (name != null) {
            tunnels = inquiry.tunnels(name);
            if (tunnels.isEmpty()) {
                String hint = Nearest.hint(name, inquiry.outbounds());
                throw new Stop(
                        ExitCode.USAGE, "there is no tunnel \"" + name + "\"" + (hint == null ? "" : "; " + hint));
            }
        }
        Optional<Examination.Key> key = Optional.ofNullable(System.getenv("OPENAI_API_KEY"))
                .filter(text -> !text.isBlank())
                .map(text -> new Examination.Key(text.strip(), model));
        Map<Outbound, Future<Diagnosis>> running = new LinkedHashMap<>();
        for (Outbound tunnel : tunnels) {
            running.put(tunnel, Examination.of(tunnel, sites, key, loops.next()));
        }
        List<List<Diagnosis.Finding>> found = new ArrayList<>();
        for (Map.Entry<Outbound, Future<Diagnosis>> one : running.entrySet()) {
            Diagnosis report = one.getValue().await().getNow();
            List<Diagnosis.Finding> findings = new ArrayList<>(report.findings());
            reached |= report.failure()
                    .filter(failure -> failure.kind() == Failure.Kind.TUNNEL_DOWN)
                    .isEmpty();
            String from = name == null ? roads.target() : name;
            inquiry.objections(from, one.getKey(), report.exit())
                    .forEach(objection -> findings.add(new Diagnosis.Finding(
                            Diagnosis.Verdict.FAIL,
                            "group",
                            "\"" + objection.group() + "\" does not use it: " + objection.why(),
                            "")));
            found.add(findings);
            print(one.getKey().name(), findings);
        }
        return verdict(found);
    }

    private void print(String where, List<Diagnosis.Finding> findings) {
        if (!json && !where.equals("rules")) {
            System.out.println("\n" + where);
        }
        for (Diagnosis.Finding finding : findings) {
            String word = finding.verdict().name().toLowerCase(java.util.Locale.ROOT);
            if (json) {
                JsonObject line = new JsonObject();
                line.addProperty("outbound", where.equals("rules") ? null : where);
                line.addProperty("verdict", word);
                line.addProperty("subject", finding.subject());
                line.addProperty("text", finding.text());
                line.addProperty("remedy", finding.remedy().isEmpty() ? null : finding.remedy());
                System.out.println(line);
            } else {
                System.out.printf("%-5s %-10s %s%n", word, finding.subject(), finding.text());
                if (!finding.remedy().isEmpty()) {
                    System.out.println("                 " + finding.remedy());
                }
            }
        }
    }

    private int verdict(List<List<Diagnosis.Finding>> found) {
        long working = found.stream().filter(findings -> !fails(findings)).count();
        boolean good = working > 0 && !roadsDiffer;
        String text = found.isEmpty()
                ? "There is no tunnel to try."
                : "ChatGPT works through " + working + " of " + found.size() + " tunnels"
                        + (roadsDiffer ? ", but the rules send a part of it elsewhere." : ".");
        if (json) {
            Diagnosis.Verdict verdict = good ? Diagnosis.Verdict.OK : Diagnosis.Verdict.FAIL;
            print("rules", List.of(new Diagnosis.Finding(verdict, "all", text, "")));
        } else {
            System.out.println("\n" + text);
        }
        if (!found.isEmpty() && !reached) {
            return ExitCode.TUNNEL_UNREACHABLE;
        }
        return good ? ExitCode.OK : ExitCode.FAILED;
    }

    private static boolean fails(List<Diagnosis.Finding> findings) {
        return findings.stream().anyMatch(one -> one.verdict() == Diagnosis.Verdict.FAIL);
    }
}

package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Type;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.RuleEdit;
import dev.fenliu.route.RuleKeys;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu rule}: own rules, which stand above all lists and stay when these change. */
@Command(
        name = "rule",
        description =
                "Add rules, take them out, look at them, try them. Tells the running program, else edits its config;"
                        + " comments and order stay as they are.",
        mixinStandardHelpOptions = true,
        subcommands = {RuleCommand.Add.class, RuleCommand.Rm.class, RuleCommand.Ls.class, RuleCommand.Try.class})
final class RuleCommand {
    private static final String PATH = "/api/v1/rules";
    private static final int PAGE = 1000;

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** {@code fenliu rule add}. */
    @Command(name = "add", description = "Add a rule above all others.", mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(
                index = "0",
                paramLabel = "HOST|RULE",
                description = "A host with all below it, an address, a network, a URL; or a rule as in the config.")
        private String what = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TARGET",
                description = "An outbound, a group, direct or block; absent if the rule names it.")
        private @Nullable String target;

        @Option(
                names = "--until",
                paramLabel = "TIME",
                description = "When it ends: 2026-11-26T18:00:00Z, or \"2026-11-26 18:00\" of this machine.")
        private @Nullable String until;

        @Option(names = "--for", paramLabel = "DURATION", description = "How long it lasts, such as 10m.")
        private @Nullable String length;

        @Option(names = "--last", description = "Below all others but the last, which takes the rest.")
        private boolean last;

        @Override
        public Integer call() throws Exception {
            Optional<Instant> end = end();
            if (edited.isLive()) {
                JsonObject body = edited.body();
                body.addProperty("rule", what);
                body.addProperty("to", target);
                body.addProperty("until", end.map(Instant::toString).orElse(null));
                body.addProperty("where", last ? "last" : "first");
                JsonObject answer = edited.api().send("POST", PATH, body.toString());
                JsonObject rule = answer.getAsJsonObject("rule");
                edited.tell(
                        rule.get("file").getAsString() + ":" + rule.get("line").getAsInt() + ": "
                                + rule.get("text").getAsString(),
                        answer);
            } else {
                edited.offline((editor, file) -> {
                    String rule = RuleEdit.rule(what, Optional.ofNullable(target), end);
                    RuleEdit.Placed placed = RuleEdit.add(Edited.text(file), rule, last);
                    Editor.Saved saved = Edited.save(editor, file, placed.text(), "rule added: " + rule);
                    Edited.tell("rule " + placed.index() + " is " + rule, saved, file);
                    return saved;
                });
            }
            return ExitCode.OK;
        }

        private Optional<Instant> end() throws Stop {
            if (until != null && length != null) {
                throw new Stop(ExitCode.USAGE, "--until or --for, not both");
            }
            try {
                Optional<Instant> end = Optional.ofNullable(until)
                        .map(RuleKeys::time)
                        .or(() -> Optional.ofNullable(length)
                                .map(Type::duration)
                                .map(time -> Edited.now().plus(time).truncatedTo(ChronoUnit.SECONDS)));
                if (end.isPresent() && !end.get().isAfter(Edited.now())) {
                    throw new Stop(ExitCode.USAGE, "its time would be over already: " + end.get());
                }
                return end;
            } catch (IllegalArgumentException e) {
                throw new Stop(ExitCode.USAGE, String.valueOf(e.getMessage()));
            }
        }
    }

    /** {@code fenliu rule rm}. */
    @Command(
            name = "rm",
            description = "Take a rule out: by its number in `rule ls`, or by what it says.",
            mixinStandardHelpOptions = true)
    static final class Rm implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(paramLabel = "NUMBER|RULE", description = "Which.")
        private String which = "";

        @Override
        public Integer call() throws Exception {
            if (edited.isLive()) {
                List<JsonObject> rules = rules(edited.api(), "").stream()
                        .map(item -> item.getAsJsonObject("rule"))
                        .toList();
                List<String> texts = rules.stream()
                        .map(rule -> rule.get("text").getAsString())
                        .toList();
                int index = index(texts, texts.indexOf(which));
                String text = texts.get(index);
                JsonObject answer = edited.api().send("DELETE", PATH + "/" + index + "?text=" + escaped(text), "");
                edited.tell("taken out: " + text, answer);
            } else {
                edited.offline((editor, file) -> {
                    String config = Editor.read(file);
                    List<String> texts = RuleEdit.texts(config);
                    int index = index(
                            texts,
                            RuleEdit.find(config, which).stream().findFirst().orElse(-1));
                    Editor.Saved saved = Edited.save(
                            editor, file, RuleEdit.remove(config, index), "rule taken out: " + texts.get(index));
                    Edited.tell("taken out: " + texts.get(index), saved, file);
                    return saved;
                });
            }
            return ExitCode.OK;
        }

        /** @param said the rule that says that; -1 if none does */
        private int index(List<String> texts, int said) throws Stop {
            int index = which.matches("[0-9]{1,7}") ? Integer.parseInt(which) : said;
            if (index < 0 || index >= texts.size()) {
                throw new Stop(ExitCode.USAGE, "there is no rule " + which + "; see: fenliu rule ls");
            }
            return index;
        }
    }

    /** All rules of the running program. */
    private static List<JsonObject> rules(ApiClient api, String search) throws Stop, InterruptedException {
        List<JsonObject> all = new ArrayList<>();
        JsonObject page;
        do {
            page = api.get(PATH + "?limit=" + PAGE + "&offset=" + all.size() + "&search=" + escaped(search));
            page.getAsJsonArray("items").forEach(item -> all.add(item.getAsJsonObject()));
        } while (!page.getAsJsonArray("items").isEmpty()
                && all.size() < page.get("total").getAsInt());
        return all;
    }

    /** {@code fenliu rule ls}. */
    @Command(name = "ls", description = "List the rules.", mixinStandardHelpOptions = true)
    static final class Ls implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(arity = "0..1", paramLabel = "TEXT", description = "Only those that contain this.")
        private String search = "";

        @Option(names = "--hits", description = "How often each has decided, and when last; of the running program.")
        private boolean hits;

        @Option(names = "--json", description = "One JSON object a line.")
        private boolean json;

        @Override
        public Integer call() throws Exception {
            if (edited.isLive()) {
                for (JsonObject rule : rules(edited.api(), search)) {
                    System.out.println(json ? rule.toString() : line(rule));
                }
                return ExitCode.OK;
            }
            if (hits) {
                throw new Stop(ExitCode.FAILED, "no program is running with this config: nobody has counted");
            }
            return edited.offline((editor, file) -> list(Edited.text(file)));
        }

        private int list(String config) throws EditRefused {
            List<String> texts = RuleEdit.texts(config);
            for (int i = 0; i < texts.size(); i++) {
                if (!texts.get(i).contains(search)) {
                    continue;
                }
                if (json) {
                    JsonObject rule = new JsonObject();
                    rule.addProperty("index", i);
                    rule.addProperty("text", texts.get(i));
                    JsonObject object = new JsonObject();
                    object.add("rule", rule);
                    System.out.println(object);
                } else {
                    System.out.println(i + "  " + texts.get(i));
                }
            }
            return ExitCode.OK;
        }

        private String line(JsonObject item) {
            JsonObject rule = item.getAsJsonObject("rule");
            StringBuilder line = new StringBuilder();
            line.append(rule.get("index").getAsInt()).append("  ");
            if (hits) {
                JsonElement last = item.get("last-hit");
                line.append(item.get("hits").getAsLong())
                        .append(" hits")
                        .append(last.isJsonNull() ? "" : ", last " + last.getAsString())
                        .append("  ");
            }
            line.append(rule.get("file").getAsString())
                    .append(':')
                    .append(rule.get("line").getAsInt());
            line.append("  ").append(rule.get("text").getAsString());
            item.getAsJsonArray("lint").forEach(one -> line.append("\n   ! ").append(finding(one.getAsJsonObject())));
            return line.toString();
        }

        private static String finding(JsonObject finding) {
            String message = finding.get("message").getAsString();
            if (finding.get("other") instanceof JsonObject other) {
                return message + "; " + other.get("text").getAsString();
            }
            return finding.get("hint").isJsonNull()
                    ? message
                    : message + "; " + finding.get("hint").getAsString();
        }
    }

    /** {@code fenliu rule test}. */
    @Command(
            name = "test",
            description = "Say which rule decides about hosts, in the running program; see `explain` for more.",
            mixinStandardHelpOptions = true)
    static final class Try implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(arity = "1..*", paramLabel = "HOST[:PORT]", description = "Names, addresses or URLs.")
        private List<String> hosts = List.of();

        @Override
        public Integer call() throws Exception {
            if (!edited.isLive()) {
                List<String> args = new ArrayList<>(List.of("explain"));
                if (edited.api().config() != null) {
                    args.addAll(List.of("-c", edited.api().config().toString()));
                }
                args.addAll(hosts);
                return Commands.run(args.toArray(String[]::new));
            }
            for (String host : hosts) {
                JsonObject answer = edited.api().get("/api/v1/explain?host=" + escaped(host));
                System.out.println(line(answer));
            }
            return ExitCode.OK;
        }

        private static String line(JsonObject answer) {
            String host =
                    answer.get("host").getAsString() + ":" + answer.get("port").getAsInt();
            if (!answer.has("path")) {
                return host + " -> needs the addresses of the name first";
            }
            List<String> path = new ArrayList<>();
            answer.getAsJsonArray("path").forEach(step -> path.add(step.getAsString()));
            JsonObject rule = answer.getAsJsonObject("rule");
            return host + " -> " + String.join(" -> ", path) + "\n  rule  "
                    + rule.get("index").getAsInt() + "  "
                    + rule.get("file").getAsString() + ":" + rule.get("line").getAsInt() + "  "
                    + rule.get("text").getAsString();
        }
    }
}

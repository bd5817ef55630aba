package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Type;
import dev.fenliu.edit.RuleEdit;
import dev.fenliu.engine.Kept;
import dev.fenliu.route.RuleKeys;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
    /** {@code fenliu rule add}. */
    @Command(name = "add", description = "Add a rule above all others.", mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Mixin
        private final Reversal reversal = new Reversal();

        @Parameters(
                index = "0",
                paramLabel = "HOST|RULE",
                description = "A host with all below it, an address, a network, a URL; `any` for everything but the"
                        + " home network (the rule-set \"private\", if there is one); or a rule as in the config.")
        private String what = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TARGET",
                completionCandidates = NamesCommand.Targets.class,
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

        @Option(
                names = "--list",
                paramLabel = "NAME",
                completionCandidates = NamesCommand.Lists.class,
                description = "Put the host into this list of yours instead: a rule-set with a file or entries.")
        private @Nullable String list;

        @Override
        public Integer call() throws Exception {
            Optional<Instant> end = end();
            if (list != null && (target != null || end.isPresent() || last)) {
                throw new Stop(
                        ExitCode.USAGE,
                        "a list has no target and no time, the rules that ask it have: leave out"
                                + (target == null ? " --until, --for and --last" : " " + target)
                                + ", or --list");
            }
            try (Desk desk = edited.desk(reversal)) {
                edited.tell(
                        list == null
                                ? desk.add(new Desk.Wanted(what, Optional.ofNullable(target), end, last))
                                : desk.add(list, what),
                        reversal);
                return ExitCode.OK;
            }
        }

        private Optional<Instant> end() throws Stop {
            if (until != null && length != null) {
                throw new Stop(ExitCode.USAGE, "--until or --for, not both");
            }
            Instant now = Kept.wall().instant();
            try {
                Optional<Instant> end = Optional.ofNullable(until)
                        .map(RuleKeys::time)
                        .or(() -> Optional.ofNullable(length)
                                .map(Type::duration)
                                .map(time -> now.plus(time).truncatedTo(ChronoUnit.SECONDS)));
                if (end.isPresent() && !end.get().isAfter(now)) {
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
            description = "Take a rule out: by its number in `rule ls`, by what it says, or by its host.",
            mixinStandardHelpOptions = true)
    static final class Rm implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Mixin
        private final Reversal reversal = new Reversal();

        @Parameters(paramLabel = "NUMBER|RULE|HOST", description = "Which.")
        private String which = "";

        @Option(
                names = "--list",
                paramLabel = "NAME",
                completionCandidates = NamesCommand.Lists.class,
                description = "Take the host out of this list of yours instead.")
        private @Nullable String list;

        @Override
        public Integer call() throws Exception {
            try (Desk desk = edited.desk(reversal)) {
                edited.tell(list == null ? remove(desk) : desk.remove(list, which), reversal);
                return ExitCode.OK;
            }
        }

        private Desk.Done remove(Desk desk) throws Stop, InterruptedException {
            boolean number = which.matches("[0-9]{1,7}");
            Predicate<String> said = RuleEdit.meant(which);
            List<JsonObject> meant = new ArrayList<>();
            for (JsonObject item : desk.rules("")) {
                JsonObject rule = item.getAsJsonObject("rule");
                boolean same = number
                        ? rule.get("index").getAsInt() == Integer.parseInt(which)
                        : said.test(rule.get("text").getAsString());
                if (same) {
                    meant.add(rule);
                }
            }
            if (meant.isEmpty()) {
                throw new Stop(ExitCode.USAGE, "there is no rule " + which + "; see: fenliu rule ls");
            }
            if (meant.size() > 1) {
                throw new Stop(
                        ExitCode.USAGE,
                        meant.size() + " rules are meant by that; name the number of one:\n"
                                + meant.stream().map(RuleCommand::text).collect(Collectors.joining("\n")));
            }
            return desk.remove(
                    meant.get(0).get("index").getAsInt(),
                    meant.get(0).get("text").getAsString());
        }
    }

    private static String text(JsonObject rule) {
        return rule.get("index").getAsInt() + "  " + rule.get("file").getAsString() + ":"
                + rule.get("line").getAsInt() + "  " + rule.get("text").getAsString();
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
            try (Desk desk = edited.desk()) {
                for (JsonObject item : desk.rules(search)) {
                    if (hits && !item.has("hits")) {
                        throw new Stop(ExitCode.FAILED, "no program is running with this config: nobody has counted");
                    }
                    System.out.println(json ? item.toString() : line(item));
                }
                return ExitCode.OK;
            }
        }

        private String line(JsonObject item) {
            JsonObject rule = item.getAsJsonObject("rule");
            StringBuilder line = new StringBuilder(text(rule));
            if (hits) {
                JsonElement last = item.get("last-hit");
                String counted = item.get("hits").getAsLong() + " hits"
                        + (last.isJsonNull() ? "" : ", last " + last.getAsString());
                line.insert(line.indexOf("  ") + 2, counted + "  ");
            }
            if (item.has("until") && item.get("until").isJsonPrimitive()) {
                line.append("  (")
                        .append(StatusCommand.left(item, Kept.wall().instant()))
                        .append(" left)");
            }
            if (item.get("lint") instanceof JsonArray findings) {
                findings.forEach(one -> line.append("\n   ! ").append(finding(one.getAsJsonObject())));
            }
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
                JsonObject answer = edited.api().get("/api/v1/explain?host=" + ApiClient.escaped(host));
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
            return host + " -> " + String.join(" -> ", path) + "\n  rule  " + text(rule);
        }
    }
}

package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.control.UpdatesJson;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.HeldLists;
import dev.fenliu.engine.ListDiff;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    @Option(
            names = "--show",
            description = "Only say what it would add and take away: how many, and the first 100 of each.")
    private boolean show;

    @Option(names = "--json", description = "With --show: one JSON object a list.")
    private boolean json;

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
        if (show || json) {
            return show(HeldLists.waiting(read, name, StateFolder.path()));
        }
        Map<String, String> accepted;
        try {
            accepted = HeldLists.accept(read, name, StateFolder.path());
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, "cannot accept \"" + name + "\": " + Type.reason(e));
        }
        if (accepted.isEmpty()) {
            throw nothing();
        }
        accepted.forEach((what, why) -> System.err.println(
                what + ": " + why + "; accepted: the running program takes it within half a minute"));
        return ExitCode.OK;
    }

    private Stop nothing() {
        return new Stop(ExitCode.FAILED, "nothing is held back of \"" + name + "\"");
    }

    private int show(Map<String, Optional<ListDiff>> waiting) throws Stop {
        if (waiting.isEmpty()) {
            throw nothing();
        }
        for (Map.Entry<String, Optional<ListDiff>> one : waiting.entrySet()) {
            System.out.println(json ? json(one.getKey(), one.getValue()) : text(one.getKey(), one.getValue()));
        }
        return ExitCode.OK;
    }

    private static String json(String what, Optional<ListDiff> diff) {
        JsonObject object = diff.map(UpdatesJson::of).orElseGet(JsonObject::new);
        object.addProperty("list", what);
        return object.toString();
    }

    private static String text(String what, Optional<ListDiff> diff) {
        if (diff.isEmpty()) {
            return what + ": held back; how it differs cannot be told";
        }
        ListDiff found = diff.get();
        StringBuilder text = new StringBuilder(what + ": " + found.counts() + ", held back on "
                + found.counts().time());
        side(text, "+", found.counts().added(), found.firstAdded());
        side(text, "-", found.counts().removed(), found.firstRemoved());
        return text.toString();
    }

    private static void side(StringBuilder text, String sign, int count, List<String> first) {
        first.forEach(entry -> text.append('\n').append(sign).append(' ').append(entry));
        if (count > first.size()) {
            text.append('\n')
                    .append(sign)
                    .append(" … and ")
                    .append(count - first.size())
                    .append(" more");
        }
    }
}

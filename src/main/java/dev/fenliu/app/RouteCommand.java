package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fenliu route}: which members the groups of the running program use. */
@Command(
        name = "route",
        description = "Say which members the groups of the running program use, and choose.",
        mixinStandardHelpOptions = true,
        subcommands = {RouteCommand.Ls.class, RouteCommand.Use.class, RouteCommand.Test.class})
final class RouteCommand implements Runnable {
    private static final int MOST = 1000;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "route what? Try: fenliu route ls");
    }

    /** {@code fenliu route ls}. */
    @Command(
            name = "ls",
            description = "List the groups: the member in use, the others, and what was chosen.",
            mixinStandardHelpOptions = true)
    static final class Ls implements Callable<Integer> {
        @Mixin
        private final ApiClient api = new ApiClient();

        @Option(names = "--json", description = "A JSON object a line, one a group.")
        private boolean json;

        @Override
        public Integer call() throws Exception {
            JsonArray groups = api.get("/api/v1/groups?limit=" + MOST).getAsJsonArray("items");
            for (JsonElement group : groups) {
                System.out.println(json ? group.toString() : text(group.getAsJsonObject()));
            }
            return ExitCode.OK;
        }
    }

    /** A group in a line. */
    static String text(JsonObject group) {
        String name = group.get("name").getAsString();
        String type = group.get("type").getAsString();
        if (group.get("now").isJsonNull()) {
            return name + " (" + type + "): no member";
        }
        String now = group.get("now").getAsString();
        List<String> others = new ArrayList<>();
        group.getAsJsonArray("all").forEach(member -> {
            if (!member.getAsString().equals(now)) {
                others.add(member.getAsString());
            }
        });
        boolean pinned =
                !group.get("selectable").getAsBoolean() && !group.get("choice").isJsonNull();
        return name + " (" + type + "): " + now
                + (pinned ? "; pinned: " + group.get("choice").getAsString() : "")
                + (others.isEmpty() ? "" : "; or " + StatusCommand.some(others));
    }

    /** {@code fenliu route use}. */
    @Command(
            name = "use",
            description = "Have a group use one of its members from now on, also after a restart. Flows that run stay"
                    + " where they are.",
            mixinStandardHelpOptions = true)
    static final class Use implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "GROUP", completionCandidates = NamesCommand.Groups.class)
        private String group = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "MEMBER",
                completionCandidates = NamesCommand.Members.class,
                description = "A `select` group uses it alone, others try it first.")
        private @Nullable String member;

        @Option(names = "--auto", description = "Leave it to the group again.")
        private boolean auto;

        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli
        private CommandSpec spec;

        @Mixin
        private final ApiClient api = new ApiClient();

        @Override
        public Integer call() throws Exception {
            if (auto == (member != null)) {
                throw new ParameterException(spec.commandLine(), "name a member, or --auto");
            }
            JsonObject body = new JsonObject();
            if (member == null) {
                body.add("member", JsonNull.INSTANCE);
            } else {
                body.addProperty("member", member);
            }
            api.send("PUT", "/api/v1/groups/" + ApiClient.escaped(group), text(body));
            System.err.println(group + (auto ? " picks by itself again" : " uses " + member));
            return ExitCode.OK;
        }

        private static String text(JsonObject body) {
            return new com.google.gson.GsonBuilder().serializeNulls().create().toJson(body);
        }
    }

    /** {@code fenliu route test}. */
    @Command(
            name = "test",
            description = "Try out the members of a group, or an outbound, now. Exit code 6 if none works.",
            mixinStandardHelpOptions = true)
    static final class Test implements Callable<Integer> {
        @Parameters(
                paramLabel = "NAME",
                completionCandidates = NamesCommand.Targets.class,
                description = "A group or an outbound.")
        private String name = "";

        @Mixin
        private final ApiClient api = new ApiClient();

        @Option(names = "--json", description = "A JSON object a line, one a member.")
        private boolean json;

        @Override
        public Integer call() throws Exception {
            JsonObject found = api.send("POST", "/api/v1/groups/" + ApiClient.escaped(name) + "/test", "");
            boolean any = false;
            for (JsonElement member : found.getAsJsonArray("members")) {
                JsonObject one = member.getAsJsonObject();
                any |= one.get("ok").getAsBoolean();
                System.out.println(json ? one.toString() : line(one));
            }
            return any ? ExitCode.OK : ExitCode.TUNNEL_UNREACHABLE;
        }

        private static String line(JsonObject member) {
            String name = member.get("name").getAsString();
            return member.get("ok").getAsBoolean()
                    ? name + ": " + member.get("answer-ms").getAsLong() + " ms"
                    : name + ": "
                            + (member.get("failure").isJsonNull()
                                    ? "no answer"
                                    : member.get("failure").getAsString());
        }
    }
}

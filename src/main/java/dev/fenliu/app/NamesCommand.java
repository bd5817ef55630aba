package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fenliu names}: what shells ask when they complete a name of the config, a line each. */
@Command(name = "names", description = "Print names of the config, for shells.", hidden = true)
final class NamesCommand implements Callable<Integer> {
    /** Names of what. */
    enum Kind {
        GROUPS,
        MEMBERS,
        TARGETS,
        LISTS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Stands for the names in what is made for a shell, until they are asked for. */
    private static class Mark implements Iterable<String> {
        private final Kind kind;

        Mark(Kind kind) {
            this.kind = kind;
        }

        @Override
        public Iterator<String> iterator() {
            return List.of("@" + kind).iterator();
        }
    }

    /** Names of groups. */
    static final class Groups extends Mark {
        Groups() {
            super(Kind.GROUPS);
        }
    }

    /** Names of their members. */
    static final class Members extends Mark {
        Members() {
            super(Kind.MEMBERS);
        }
    }

    /** Names of where rules can lead. */
    static final class Targets extends Mark {
        Targets() {
            super(Kind.TARGETS);
        }
    }

    /** Names of lists. */
    static final class Lists extends Mark {
        Lists() {
            super(Kind.LISTS);
        }
    }

    private static final Pattern NAMES = Pattern.compile(" *local (\\w+)=\\(\"@(\\w+)\"\\).*");

    /** The same script for bash, which asks for names when it comes to them. */
    static String asking(String script, String program) {
        StringBuilder out = new StringBuilder();
        Map<String, String> kinds = new HashMap<>();
        for (String line : script.split("\n", -1)) {
            Matcher names = NAMES.matcher(line);
            if (names.matches()) {
                kinds.put(names.group(1), names.group(2));
                continue;
            }
            String asking = line;
            for (Map.Entry<String, String> kind : kinds.entrySet()) {
                asking = asking.replace(
                        "compReplyArray \"${" + kind.getKey() + "[@]}\"", "compReplyNames " + kind.getValue());
            }
            out.append(asking).append('\n');
        }
        return out + """
            # Generates a list of names of the config; an alias of the program is one that works.
            function compReplyNames() {
              local names=() name
              while IFS= read -r name; do
                names+=("$name")
              done < <(eval "%s names $1" 2>/dev/null)
              compReplyArray "${names[@]}"
            }
            """.formatted(program);
    }

    /** What is to be asked for the names that stand for themselves in a list of choices; null if they do. */
    static @Nullable String question(Iterable<String> choices, String program) {
        return choices instanceof Mark mark ? "(" + program + " names " + mark.kind + " 2>/dev/null)" : null;
    }

    /** Which names a command line asks for, if it is what the shells ask; somebody waits, so the parser is not loaded. */
    static Optional<Kind> asked(String... args) {
        return args.length == 2 && args[0].equals("names")
                ? Stream.of(Kind.values())
                        .filter(kind -> kind.toString().equals(args[1]))
                        .findFirst()
                : Optional.empty();
    }

    /** Prints them. @return an {@link ExitCode} */
    static int run(Kind kind) {
        NamesCommand command = new NamesCommand();
        command.kind = kind;
        try {
            return command.call();
        } catch (Exception e) {
            return Commands.failed(e, false);
        }
    }

    @Mixin
    private final ApiClient api = new ApiClient();

    @Parameters
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Kind kind;

    @Override
    public Integer call() throws Exception {
        Set<String> names = new TreeSet<>();
        try {
            ask(names);
        } catch (Stop e) {
            read(names);
        }
        if (kind == Kind.TARGETS) {
            names.addAll(List.of("direct", "block"));
        }
        names.forEach(System.out::println);
        return ExitCode.OK;
    }

    private void ask(Set<String> names) throws Stop, InterruptedException {
        JsonObject status = api.get("/api/v1/status");
        if (kind == Kind.LISTS) {
            add(names, api.get("/api/v1/rule-sets?limit=1000"), "items");
        } else if (kind == Kind.MEMBERS) {
            for (JsonElement group : status.getAsJsonArray("groups")) {
                group.getAsJsonObject().getAsJsonArray("all").forEach(name -> names.add(name.getAsString()));
            }
        } else {
            add(names, status, "groups");
            if (kind == Kind.TARGETS) {
                add(names, status, "outbounds");
            }
        }
    }

    private static void add(Set<String> names, JsonObject answer, String key) {
        answer.getAsJsonArray(key)
                .forEach(one -> names.add(one.getAsJsonObject().get("name").getAsString()));
    }

    private void read(Set<String> names) throws Stop {
        Config config = ConfigSource.find(api.config()).read(new Problems());
        if (config == null) {
            return;
        }
        names.addAll(
                switch (kind) {
                    case GROUPS, TARGETS -> config.groups().keySet();
                    case MEMBERS -> config.outbounds().keySet();
                    case LISTS -> config.ruleSets().keySet();
                });
        if (kind == Kind.TARGETS) {
            names.addAll(config.outbounds().keySet());
        }
    }
}

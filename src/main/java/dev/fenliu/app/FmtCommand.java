package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Outline;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.edit.Diff;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Fmt;
import dev.fenliu.edit.Migration;
import dev.fenliu.engine.ConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu fmt}: the config in the usual form. */
@Command(
        name = "fmt",
        description = "Write the config in the usual form: order of keys, indentation, quotes. Comments stay.",
        mixinStandardHelpOptions = true)
final class FmtCommand implements Callable<Integer> {
    @Mixin
    private final Edited edited = new Edited();

    @Mixin
    private final Reversal reversal = new Reversal();

    @Option(names = "--diff", description = "Show what would change, and change nothing.")
    private boolean diff;

    @Option(names = "--check", description = "End with 1 if something would change, and change nothing.")
    private boolean check;

    @Override
    public Integer call() throws Exception {
        try (Desk desk = edited.desk(reversal)) {
            Desk.Text old = desk.config();
            String text = formatted(old.text());
            if (diff) {
                System.out.print(Diff.unified(old.text(), text));
            }
            if (diff || check) {
                return check && !text.equals(old.text()) ? ExitCode.FAILED : ExitCode.OK;
            }
            if (text.equals(old.text())) {
                System.err.println("nothing to do (" + old.file() + ")");
            } else {
                edited.tell(desk.write(old, text, "formatted", false), reversal);
            }
            return ExitCode.OK;
        }
    }

    private static String formatted(String text) throws Stop {
        try {
            return Fmt.format(text, new SchemaOrder(new Reference(Catalog.PROTOCOLS).schema()));
        } catch (EditRefused e) {
            throw new Stop(ExitCode.CONFIG, String.valueOf(e.getMessage()));
        }
    }

    /** The order of keys in the reference. */
    static final class SchemaOrder implements Fmt.Order {
        private final JsonObject schema;

        SchemaOrder(JsonObject schema) {
            this.schema = schema;
        }

        @Override
        public List<String> keys(List<String> path, Outline mapping) {
            JsonObject at = schema;
            for (String step : path) {
                at = at == null ? null : below(at, step);
            }
            at = at == null ? null : chosen(at, mapping);
            return at == null || !at.has("properties")
                    ? List.of()
                    : List.copyOf(at.getAsJsonObject("properties").keySet());
        }

        private @Nullable JsonObject below(JsonObject at, String step) {
            for (JsonObject one : alternatives(at)) {
                JsonObject properties = one.has("properties") ? one.getAsJsonObject("properties") : new JsonObject();
                JsonElement found = properties.has(step)
                        ? properties.get(step)
                        : one.has("items") ? one.get("items") : one.get("additionalProperties");
                if (found instanceof JsonObject object) {
                    return object;
                }
            }
            return null;
        }

        /** That of the mapping's type, else the first that has keys. */
        private @Nullable JsonObject chosen(JsonObject at, Outline mapping) {
            Outline type = mapping.at(List.of("type"));
            JsonObject first = null;
            for (JsonObject one : alternatives(at)) {
                if (one.has("properties")) {
                    JsonObject wanted = one.getAsJsonObject("properties").getAsJsonObject("type");
                    boolean same = wanted != null
                            && wanted.has("const")
                            && type != null
                            && wanted.get("const").getAsString().equals(type.text());
                    if (same) {
                        return one;
                    }
                    first = first == null ? one : first;
                }
            }
            return first;
        }

        private List<JsonObject> alternatives(JsonObject at) {
            JsonObject meant = at.has("$ref") ? schema.getAsJsonObject("$defs").getAsJsonObject("condition") : at;
            List<JsonObject> all = new ArrayList<>();
            if (meant.has("anyOf")) {
                meant.getAsJsonArray("anyOf").forEach(one -> all.addAll(alternatives(one.getAsJsonObject())));
            } else {
                all.add(meant);
            }
            return all;
        }
    }

    /** {@code fenliu migrate}. */
    @Command(
            name = "migrate",
            description = "Bring an old config to this version: rewrites names of keys, and shows the difference.",
            mixinStandardHelpOptions = true)
    static final class Migrate implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Mixin
        private final Reversal reversal = new Reversal();

        @Option(names = "--diff", description = "Show what would change, and change nothing.")
        private boolean diff;

        @Override
        public Integer call() throws Exception {
            try (Desk desk = edited.desk(reversal)) {
                Desk.Text old = desk.config();
                Path file = Path.of(old.file());
                Migration.Migrated migrated = Migration.migrate(old.text(), other -> problems(file, other));
                if (migrated.renamed().isEmpty()) {
                    System.err.println("nothing to do: " + file + " is of version 1, the only one there is");
                } else {
                    System.out.print(Diff.unified(old.text(), migrated.text()));
                }
                List<Problem> left = problems(file, migrated.text()).stream()
                        .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                        .toList();
                if (migrated.renamed().isEmpty() || diff) {
                    left.forEach(System.err::println);
                } else {
                    edited.tell(desk.write(old, migrated.text(), "migrated", true), reversal);
                }
                return left.isEmpty() ? ExitCode.OK : ExitCode.CONFIG;
            }
        }

        private static List<Problem> problems(Path file, String text) {
            Problems problems = new Problems();
            ConfigReader.read(file.toString(), Optional.of(file), text, Catalog.PROTOCOLS, problems);
            return problems.all();
        }
    }
}

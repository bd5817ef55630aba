package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Outline;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.edit.Diff;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.Fmt;
import dev.fenliu.edit.Migration;
import dev.fenliu.engine.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    @Option(names = "--diff", description = "Show what would change, and change nothing.")
    private boolean diff;

    @Option(names = "--check", description = "End with 1 if something would change, and change nothing.")
    private boolean check;

    @Override
    public Integer call() throws Exception {
        return edited.offline((editor, file) -> {
            String text = Editor.read(file);
            String formatted = Fmt.format(text, new SchemaOrder(new Reference(Catalog.PROTOCOLS).schema()));
            if (diff) {
                System.out.print(Diff.unified(text, formatted));
            }
            if (diff || check) {
                return check && !formatted.equals(text) ? ExitCode.FAILED : ExitCode.OK;
            }
            Editor.Saved saved = Edited.save(editor, file, formatted, "formatted");
            Edited.tell(saved.change().isEmpty() ? "nothing to do" : "formatted", saved, file);
            return ExitCode.OK;
        });
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
            description = "Bring an old config to this version: rewrites names of keys, shows the difference, keeps a"
                    + " copy beside it.",
            mixinStandardHelpOptions = true)
    static final class Migrate implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Option(names = "--diff", description = "Show what would change, and change nothing.")
        private boolean diff;

        @Override
        public Integer call() throws Exception {
            return edited.offline((editor, file) -> migrate(file));
        }

        private int migrate(Path file) throws EditRefused, IOException {
            String text = Editor.read(file);
            Migration.Migrated migrated = Migration.migrate(text, other -> problems(file, other));
            List<Problem> left = problems(file, migrated.text()).stream()
                    .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                    .toList();
            if (migrated.renamed().isEmpty()) {
                System.err.println("nothing to do: " + file + " is of version 1, the only one there is");
            } else {
                System.out.print(Diff.unified(text, migrated.text()));
                if (!diff) {
                    Path copy = file.resolveSibling(file.getFileName() + ".bak");
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                    dev.fenliu.state.PrivateFiles.write(file.toRealPath(), migrated.text());
                    System.err.println("The old text is in " + copy);
                }
            }
            left.forEach(System.err::println);
            return left.isEmpty() ? ExitCode.OK : ExitCode.CONFIG;
        }

        private static List<Problem> problems(Path file, String text) {
            Problems problems = new Problems();
            ConfigReader.read(file.toString(), Optional.of(file), text, Catalog.PROTOCOLS, problems);
            return problems.all();
        }
    }
}

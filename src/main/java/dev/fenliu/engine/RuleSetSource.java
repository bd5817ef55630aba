package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.InputFile;
import dev.fenliu.config.Position;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Type;
import dev.fenliu.route.Geo;
import dev.fenliu.route.ListSource;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds and loads the lists that a config names. Reads files; not for an event loop. */
final class RuleSetSource {
    /** The file names of a list in the jar. */
    private static final String BUILT_IN = "built-in:";

    private final ListCache cache;
    private final CompiledLists compiled;
    private final Geo geo;
    private final Problems problems;

    /** @param compiled keeps what it need not compile again */
    RuleSetSource(ListCache cache, CompiledLists compiled, Geo geo, Problems problems) {
        this.cache = cache;
        this.compiled = compiled;
        this.geo = geo;
        this.problems = problems;
    }

    /** Reports what is wrong with the lists that lie on this machine, for a config that has other errors. */
    static void check(Map<String, RuleSetPlan> plans, Geo geo, Problems problems) {
        Map<String, RuleSetPlan> local = new LinkedHashMap<>(plans);
        local.values().removeIf(plan -> plan.url().isPresent());
        Path nowhere = Path.of("");
        new RuleSetSource(new ListCache(nowhere), new CompiledLists(nowhere), geo, problems).load(local);
    }

    /** The lists that have a copy, by name. A missing file is an error, a remote list without a copy a warning. */
    Map<String, RuleSet> load(Map<String, RuleSetPlan> plans) {
        Map<String, RuleSet> sets = new LinkedHashMap<>();
        for (RuleSetPlan plan : plans.values()) {
            try {
                if (plan.url().isPresent() && cache.fetched(plan.url().get()).isEmpty()) {
                    missing(plan, "has no copy yet");
                    continue;
                }
                RuleSet set = load(plan);
                sets.put(plan.name(), set);
                tellSkipped(plan, set);
            } catch (IOException e) {
                broken(plan, "cannot read the list", Type.reason(e));
            } catch (ListFormatException e) {
                broken(plan, String.valueOf(e.getMessage()), null);
            }
        }
        return sets;
    }

    /** What is wrong with a file is for the user to mend; a broken copy is fetched again. */
    private void broken(RuleSetPlan plan, String why, @Nullable String hint) {
        if (plan.url().isPresent()) {
            missing(plan, "has a broken copy (" + why + ")");
        } else {
            problems.error(plan.at(), "rule-set \"" + plan.name() + "\": " + why, hint);
        }
    }

    private void missing(RuleSetPlan plan, String what) {
        problems.warning(
                plan.at(),
                Remark.of("rule-set-missing").with("list", plan.name()).with("how", what),
                "rule-set \"" + plan.name() + "\" " + what + ": until it is fetched, its rules match everything if"
                        + " they lead to a tunnel, and nothing otherwise",
                null);
    }

    private void tellSkipped(RuleSetPlan plan, RuleSet set) {
        for (Problem problem : set.firstSkipped()) {
            Optional<ConfigNode> entry = plan.entries().stream()
                    .filter(node -> node.position().line() == problem.position().line())
                    .filter(node -> problem.message().contains(node.text()))
                    .findFirst();
            entry.ifPresentOrElse(node -> problems.add(problem.at(node)), () -> problems.add(problem));
        }
        if (set.skipped() > set.firstSkipped().size()
                || set.skipped() > 0 && plan.entries().isEmpty()) {
            boolean one = set.skipped() == 1;
            problems.warning(
                    plan.at(),
                    Remark.of("rule-set-skipped")
                            .with("list", plan.name())
                            .with("n", set.skipped())
                            .with("file", set.file()),
                    "rule-set \"" + plan.name() + "\": " + set.skipped() + (one ? " line" : " lines") + " of "
                            + set.file() + (one ? " is" : " are") + " skipped",
                    null);
        }
    }

    private RuleSet load(RuleSetPlan plan) throws IOException, ListFormatException {
        if (!plan.entries().isEmpty()) {
            return RuleSet.load(plan.name(), ListSource.of(plan.entries()), geo);
        }
        if (plan.builtIn().isPresent()) {
            String name = plan.builtIn().get();
            ListSource source = ListSource.of(BUILT_IN + name, plan.format(), plan.code(), () -> builtIn(name));
            return RuleSet.load(plan.name(), source, geo);
        }
        Path file = plan.url().map(cache::file).or(plan::file).orElseThrow();
        String shown = plan.url().isPresent() ? plan.url().get().toString() : relative(plan, file);
        ListSource source =
                ListSource.of(shown, plan.format(), plan.code(), () -> InputFile.read(file, ListReader.MAX_BYTES));
        return compiled.load(plan, file, source, geo);
    }

    /** The path as the user wrote it, as far as that can be told. */
    private static String relative(RuleSetPlan plan, Path file) {
        Path folder = plan.at().folder();
        return file.startsWith(folder) && !folder.toString().isEmpty()
                ? Path.of(plan.at().position().file())
                        .resolveSibling(folder.relativize(file))
                        .toString()
                : file.toString();
    }

    private static byte[] builtIn(String name) throws IOException {
        try (InputStream in = !name.endsWith(".yaml") || name.contains("/")
                ? null
                : RuleSetSource.class.getResourceAsStream("/rules/" + name)) {
            if (in == null) {
                throw new IOException("the program carries no list " + name);
            }
            return in.readAllBytes();
        }
    }

    /** How a list stands. */
    static RuleList look(RuleSetPlan plan, ListCache cache, Optional<RuleSet> set) {
        Optional<Instant> updated = plan.url()
                .flatMap(cache::fetched)
                .or(() -> plan.file().flatMap(file -> {
                    try {
                        return Optional.of(Files.getLastModifiedTime(file).toInstant());
                    } catch (IOException e) {
                        return Optional.empty(); // gone since it was loaded
                    }
                }));
        String kind = plan.url().isPresent()
                ? "url"
                : plan.file().isPresent() ? "file" : plan.builtIn().isPresent() ? "built-in" : "entries";
        String source = plan.url()
                .map(URI::getHost)
                .or(() -> plan.file().map(file -> relative(plan, file)))
                .or(() -> plan.builtIn().map(name -> BUILT_IN + name))
                .orElseGet(() -> plan.at().position().toString());
        ListFormat format = plan.format();
        return new RuleList(
                plan.name(),
                kind,
                source,
                Optional.ofNullable(format == null ? null : format.key()),
                plan.file(),
                updated,
                plan.url().map(cache::updates).orElse(Updates.NONE),
                set);
    }

    /** That list with another content; null when it has no good line, which is reported. */
    static @Nullable RuleSet load(RuleSetPlan plan, byte[] content, String shown, Geo geo, Problems problems) {
        try {
            RuleSet set =
                    RuleSet.load(plan.name(), ListSource.of(shown, plan.format(), plan.code(), () -> content), geo);
            set.firstSkipped().forEach(problems::add);
            return set;
        } catch (IOException | ListFormatException e) {
            Position top = new Position(shown, 1, 1);
            problems.add(new Problem(Problem.Severity.ERROR, top, String.valueOf(e.getMessage()), null, null));
            return null;
        }
    }

    /** How many entries {@code content} has as that list. */
    static int count(RuleSetPlan plan, byte[] content) throws IOException, ListFormatException {
        return RuleSet.load(plan.name(), ListSource.of("", plan.format(), plan.code(), () -> content), Geo.NONE)
                .entries();
    }
}

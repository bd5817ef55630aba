package dev.fenliu.app;

import dev.fenliu.app.pair.HomeKey;
import dev.fenliu.app.pair.PairingString;
import dev.fenliu.config.Position;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Type;
import dev.fenliu.control.Steering;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.rules.DeviceRoutes;
import dev.fenliu.control.rules.Drafts;
import dev.fenliu.control.rules.ExplainRoutes;
import dev.fenliu.control.rules.FileRoutes;
import dev.fenliu.control.rules.Hit;
import dev.fenliu.control.rules.ListRoutes;
import dev.fenliu.control.rules.RuleRoutes;
import dev.fenliu.control.rules.SetupRoutes;
import dev.fenliu.control.rules.Workbench;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.OutboundEdit;
import dev.fenliu.edit.RuleEdit;
import dev.fenliu.edit.Vigil;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Wellbeing;
import dev.fenliu.state.PrivateFiles;
import dev.fenliu.tally.Hits;
import dev.fenliu.tally.Tally;
import dev.fenliu.tally.Visit;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Edits of the running program's files, and the thread that takes back what is not to stay. */
final class Editing {
    private static final Logger LOG = LoggerFactory.getLogger(Editing.class);
    private static final long LOOK_SECONDS = 2;
    private static final long RELOAD_SECONDS = 120;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "changes");
        made.setDaemon(true);
        return made;
    });
    private final EventLoopGroup loops;
    private final Proxy proxy;
    private final Workbench bench;
    /** The generation in which rules whose time is over were last to be taken out. */
    private long tidied;

    /** @param made where a config is made, and what it says at first, while there is none */
    Editing(
            Proxy proxy,
            Supplier<CompletionStage<Steering.Reloaded>> reload,
            Tally tally,
            Kept kept,
            Supplier<Workbench.Made> made) {
        this.proxy = proxy;
        this.loops = kept.loops();
        Drafts drafts =
                new Drafts(Catalog.PROTOCOLS, proxy::examine, proxy::inquiry, () -> reload(reload.get()), kept.state());
        this.bench = new Workbench(
                proxy,
                new Editor(kept.state(), kept.dates(), drafts, made.get().text()),
                drafts,
                rule -> {
                    Hits.Hit hit = tally.hits(rule);
                    return new Hit(hit.count(), hit.last());
                },
                () -> {
                    List<Visit> seen = new ArrayList<>(tally.visits());
                    proxy.overview().flows().forEach(flow -> seen.add(Visit.of(flow)));
                    return seen;
                },
                made,
                kept.dates(),
                kept.state());
    }

    /** In the user's folder, with the rules of the defaults. */
    static Workbench.Made made() {
        return new Workbench.Made(
                ConfigSource.ofUser(),
                ConfigSource.resource("default-config.yaml").replaceFirst("(?m)\\A#.*$", MADE));
    }

    static final String MADE = "# Made by Fenliu: OpenAI hosts go through the tunnel, all else direct.";

    private static Optional<Editor.Refusal> reload(CompletionStage<Steering.Reloaded> reloading) {
        try {
            Steering.Reloaded done = reloading.toCompletableFuture().get(RELOAD_SECONDS, TimeUnit.SECONDS);
            return done.report().isPresent()
                    ? Optional.empty()
                    : Optional.of(new Editor.Refusal(
                            done.refusal().orElse("the old config stays in force"), done.problems()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new Editor.Refusal("the program ends", List.of()));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.of(new Editor.Refusal("the reload has not ended for two minutes", List.of()));
        }
    }

    /** What the API offers. */
    List<Route> routes() {
        List<Route> routes = new ArrayList<>(RuleRoutes.routes(bench));
        routes.addAll(ListRoutes.routes(bench));
        routes.addAll(ExplainRoutes.routes(bench));
        routes.addAll(FileRoutes.routes(bench));
        routes.addAll(DeviceRoutes.routes(bench));
        routes.addAll(SetupRoutes.routes(bench, this::pair, () -> new Reference(Catalog.PROTOCOLS).schema()));
        return routes;
    }

    /** Looks after changes from now on, those of an earlier run first. */
    void start() {
        thread.scheduleWithFixedDelay(this::look, 0, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        try {
            Wellbeing now = proxy.overview().wellbeing();
            bench.editor()
                    .watch(new Vigil.Sample(
                            System.nanoTime(), now.flows(), now.failures(), now.working(), now.failing()));
            Position at = new Position("changes", 0, 0);
            proxy.overview()
                    .notices(bench.editor().news().stream()
                            .map(text -> new Problem(
                                    Problem.Severity.WARNING,
                                    at,
                                    text,
                                    "see: fenliu changes",
                                    null,
                                    Remark.of("changes").with("text", text)))
                            .toList());
            tidy();
        } catch (RuntimeException e) {
            LOG.error("changes: unexpected", e); // the next look may do better
        }
    }

    /**
     * Takes rules out whose time is over, if they were added by changes that are known; what somebody has written into
     * the file stays. What cannot be done is tried again with the next config.
     */
    private void tidy() {
        Inquiry inquiry = proxy.inquiry();
        long generation = proxy.generation();
        if (inquiry == null || generation == tidied) {
            return;
        }
        Instant now = bench.dates().instant();
        List<String> over = inquiry.router().rules().stream()
                .filter(rule -> rule.until().filter(end -> !now.isBefore(end)).isPresent())
                .map(rule -> rule.ref().text())
                .toList();
        if (!over.isEmpty()) {
            tidied = generation;
            bench.editor().changes().stream()
                    .filter(change -> change.summary().startsWith(RuleEdit.ADDED))
                    .map(change -> change.summary().substring(RuleEdit.ADDED.length()))
                    .filter(rule -> over.stream().anyMatch(RuleEdit.meant(rule)))
                    .distinct()
                    .toList()
                    .forEach(this::takeOut);
        }
    }

    private void takeOut(String rule) {
        try {
            Workbench.Made config = bench.config();
            int index = RuleEdit.find(config.text(), rule);
            if (index >= 0) {
                bench.editor()
                        .save(new Editor.Edit(
                                config.file(),
                                Optional.of(Editor.version(config.text())),
                                RuleEdit.remove(config.text(), index),
                                RuleEdit.OVER + rule,
                                Optional.empty()));
                LOG.info("rule {} is taken out, as its time is over", rule);
            }
        } catch (EditRefused e) {
            LOG.warn("rule {}, whose time is over, cannot be taken out: {}", rule, e.getMessage());
        }
    }

    void stop() {
        thread.shutdownNow();
    }

    /** Takes a pairing string, as {@code fenliu pair} does. */
    private Editor.Saved pair(String text, Optional<Change.Pending> pending) throws EditRefused {
        try {
            PairingString paired = PairingString.parse(text);
            Workbench.Made config = bench.config();
            boolean there = Files.exists(config.file());
            Path file = there ? config.file().toRealPath() : config.file().toAbsolutePath();
            Path folder = Objects.requireNonNull(file.getParent());
            good(file, config.text());
            Optional<String> known =
                    OutboundEdit.outboundTo(config.text(), paired.server().toString());
            String name = known.orElseGet(() -> PairCommand.freeName(config.text(), folder));
            String edited = known.isPresent()
                    ? config.text()
                    : OutboundEdit.add(config.text(), name, paired.outbound("${file:" + name + ".key}"))
                            .text();
            PrivateFiles.folder(folder);
            HomeKey key = HomeKey.of(folder.resolve(name + ".key"), paired);
            PairCommand.exchange(paired, key, loops);
            key.keep();
            if (known.isPresent()) {
                force();
            }
            return bench.editor()
                    .save(new Editor.Edit(
                            file,
                            Optional.of(Editor.version(there ? config.text() : "")),
                            edited,
                            "paired: " + name,
                            pending));
        } catch (IllegalArgumentException | Stop e) {
            throw EditRefused.wrong(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw EditRefused.wrong("cannot pair: " + Type.reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw EditRefused.wrong("the program ends");
        }
    }

    /** A pairing string works once: what would be refused in the end is refused before it is used. */
    private void good(Path file, String text) throws EditRefused {
        List<Problem> problems = bench.drafts().check(file, text);
        if (problems.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR)) {
            throw EditRefused.rejected(
                    "the config has errors; nothing was changed, and the string is still good", problems);
        }
    }

    /** Has the key read anew that a config names as before. */
    private void force() throws EditRefused {
        Optional<Editor.Refusal> refusal = bench.drafts().reload();
        if (refusal.isPresent()) {
            throw EditRefused.rejected(refusal.get().message(), refusal.get().problems());
        }
    }
}

package dev.fenliu.control;

import dev.fenliu.config.Problem;
import dev.fenliu.engine.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What the running program can be told to do. Safe for concurrent use. */
@FunctionalInterface
public interface Steering {
    /** One that does nothing, as there is no file to read. */
    Steering NONE = () -> CompletableFuture.completedFuture(
            new Reloaded(Optional.empty(), List.of(), Optional.of("this program has no config to read anew")));

    /**
     * What a reload came to.
     *
     * @param report empty when the old config stays in force
     * @param problems of the config
     * @param refusal why the old config stays in force
     */
    record Reloaded(Optional<Proxy.Report> report, List<Problem> problems, Optional<String> refusal) {}

    /** Reads the config anew; completes on any thread, and does not fail. */
    CompletionStage<Reloaded> reload();
}

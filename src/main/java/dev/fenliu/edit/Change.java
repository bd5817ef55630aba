package dev.fenliu.edit;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A change of a file that was made, and can be undone.
 *
 * @param id rises
 * @param summary in a few words
 * @param pending how it may yet go back by itself; empty when it stays
 */
public record Change(long id, Instant time, Path file, String summary, Optional<Pending> pending) {
    /**
     * What a change waits for.
     *
     * @param until when it goes back unless it is confirmed; empty when it does not
     * @param revertWhenWorse whether it goes back when things are clearly worse than before, see {@link Vigil}
     */
    public record Pending(Optional<Instant> until, boolean revertWhenWorse) {}

    Change settled() {
        return new Change(id, time, file, summary, Optional.empty());
    }
}

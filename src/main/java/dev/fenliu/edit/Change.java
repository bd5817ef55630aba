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
 * @param mends whether the text before it had errors, which an undo brings back
 */
public record Change(long id, Instant time, Path file, String summary, Optional<Pending> pending, boolean mends) {
    /**
     * What a change waits for.
     *
     * @param until when it goes back unless it is confirmed; empty when it does not
     * @param revertWhenWorse whether it goes back when things are clearly worse than before, see {@link Vigil}
     */
    public record Pending(Optional<Instant> until, boolean revertWhenWorse) {}

    Change settled() {
        return new Change(id, time, file, summary, Optional.empty(), mends);
    }

    Change numbered(long number) {
        return new Change(number, time, file, summary, pending, mends);
    }
}

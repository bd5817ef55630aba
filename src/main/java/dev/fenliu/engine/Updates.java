package dev.fenliu.engine;

import dev.fenliu.model.Reason;
import java.util.Optional;

/**
 * What came of the updates of a list that a server keeps for us.
 *
 * @param problem why the last one came to nothing, if it did
 * @param held whether a new copy was not taken since it lost too much
 * @param change what the last one that changed something added and took away; empty when nobody can tell
 * @param waiting the same of the copy that was not taken
 */
public record Updates(
        Optional<Reason> problem, boolean held, Optional<ListDiff.Counts> change, Optional<ListDiff.Counts> waiting) {
    /** Nothing came yet. */
    public static final Updates NONE = new Updates(Optional.empty(), false, Optional.empty(), Optional.empty());
}

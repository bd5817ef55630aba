package dev.fenliu.engine;

import dev.fenliu.model.Reason;
import java.util.Optional;

/**
 * What an update of a list came to that somebody wanted at once.
 *
 * @param changed whether it is another list now
 * @param problem why it came to nothing
 * @param held whether that is since it lost too much, and it may be accepted
 */
public record Refreshed(boolean changed, Optional<Reason> problem, boolean held) {}

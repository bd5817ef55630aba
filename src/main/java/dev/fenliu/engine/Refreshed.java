package dev.fenliu.engine;

import java.util.Optional;

/**
 * What an update of a list came to that somebody wanted at once.
 *
 * @param changed whether it is another list now
 * @param problem why it came to nothing
 */
public record Refreshed(boolean changed, Optional<String> problem) {}

package dev.fenliu.tally;

import java.time.Instant;

/**
 * A line of the log.
 *
 * @param level in lower case: {@code error}, {@code warn}, {@code info} or {@code debug}
 */
public record LogEntry(Instant time, String level, String message) {}

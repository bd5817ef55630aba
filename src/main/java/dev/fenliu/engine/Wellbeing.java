package dev.fenliu.engine;

import java.util.Set;

/**
 * How flows and tunnels do.
 *
 * @param flows that were sent on since the start, and reached something or failed to
 * @param failures those that failed, through no fault of the client and by no rule
 * @param working tunnels whose latest news is good
 * @param failing tunnels whose latest news is bad
 */
public record Wellbeing(long flows, long failures, Set<String> working, Set<String> failing) {}

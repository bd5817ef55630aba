package dev.fenliu.engine;

import dev.fenliu.route.RuleSet;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A rule-set and how it stands.
 *
 * @param kind file, url, built-in or entries
 * @param source where it is from, without what may be secret
 * @param format that the config forces; empty when it is recognised
 * @param file on this machine that the user keeps; empty for others
 * @param updated when its content last changed, or was confirmed; empty when nobody can tell
 * @param updates what came of those of a list with a URL
 * @param set empty while there is no copy
 */
public record RuleList(
        String name,
        String kind,
        String source,
        Optional<String> format,
        Optional<Path> file,
        Optional<Instant> updated,
        Updates updates,
        Optional<RuleSet> set) {}

package dev.fenliu.engine;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Optional;

/**
 * Which nodes a group takes as members, behind those that it names.
 *
 * @param subscriptions in order
 * @param filter what the title or name of a node must have in it
 * @param exclude what neither may have in it
 */
record GroupUse(List<String> subscriptions, Optional<Pattern> filter, Optional<Pattern> exclude) {
    boolean takes(Nodes.Entry node) {
        return (filter.isEmpty() || isIn(filter.get(), node)) && (exclude.isEmpty() || !isIn(exclude.get(), node));
    }

    private static boolean isIn(Pattern pattern, Nodes.Entry node) {
        return pattern.matcher(node.title()).find()
                || pattern.matcher(node.name()).find();
    }
}

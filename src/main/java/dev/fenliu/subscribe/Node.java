package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.outbound.ShareLink;
import org.jspecify.annotations.Nullable;

/**
 * A node that a subscription lists.
 *
 * @param title what the provider calls it
 * @param name what we call it: the title in the letters of our names, and a number where several have the same
 * @param link what it is
 * @param at its place in the text, which shows nothing of it
 */
public record Node(String title, String name, ShareLink link, ConfigNode at) {
    /** The line of the (decoded) text that it begins on, from 1. */
    public int line() {
        return at.position().line();
    }

    /**
     * The mapping that the parser of its type reads.
     *
     * @return null when something was reported, none of which holds a secret
     */
    public @Nullable ConfigNode keys(Problems problems) {
        return link.keys(at, problems);
    }
}

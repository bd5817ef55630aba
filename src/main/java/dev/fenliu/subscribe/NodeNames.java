package dev.fenliu.subscribe;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of nodes: what providers write, in the letters that names of outbounds have, each given once. The same titles in
 * the same order always get the same names.
 */
public final class NodeNames {
    /** With room for a number. */
    private static final int MAX = 58;

    private static final Pattern APART = Pattern.compile("[\\s\\p{Z},/]+");
    private static final Pattern HIDDEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}]+");

    private final Set<String> taken = new HashSet<>();
    /** The next number of a name that several want: a list may have one title for all of its nodes. */
    private final Map<String, Integer> numbers = new HashMap<>();

    /** @param taken names that no node gets */
    public NodeNames(Set<String> taken) {
        this.taken.addAll(taken);
    }

    /** A name of that title, which nobody else has. */
    public String take(String title) {
        String plain = plain(title);
        String name = plain;
        while (!taken.add(name)) {
            name = plain + "_" + numbers.merge(plain, 2, (last, two) -> last + 1);
        }
        return name;
    }

    /** The title without what names do not have: blanks, commas and slashes are underscores, what is invisible is gone. */
    public static String plain(String title) {
        String name = visible(APART.matcher(title.strip()).replaceAll("_"));
        return name.isEmpty() ? "node" : name;
    }

    /** The text without what is invisible, cut to the length of a name. */
    static String visible(String text) {
        String visible = HIDDEN.matcher(text.strip()).replaceAll("");
        int points = visible.codePointCount(0, visible.length());
        return points <= MAX ? visible : visible.substring(0, visible.offsetByCodePoints(0, MAX));
    }
}

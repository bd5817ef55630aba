package dev.fenliu.route;

import java.util.ArrayList;
import java.util.List;

/**
 * Host names that are few enough to be written down.
 *
 * @param exact names
 * @param suffixes names, with all below them
 */
record NameList(List<String> exact, List<String> suffixes) {
    /** No longer list is kept as text. */
    static final int FEW = 2_000;

    static final NameList NONE = new NameList(List.of(), List.of());

    NameList and(NameList other) {
        List<String> allExact = new ArrayList<>(exact);
        allExact.addAll(other.exact);
        List<String> allSuffixes = new ArrayList<>(suffixes);
        allSuffixes.addAll(other.suffixes);
        return new NameList(allExact, allSuffixes);
    }

    /** The characters of all of them. */
    int length() {
        return exact.stream().mapToInt(String::length).sum()
                + suffixes.stream().mapToInt(String::length).sum();
    }

    int size() {
        return exact.size() + suffixes.size();
    }
}

package dev.fenliu.route;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * From names to the rules that mention them. One pass over a host from its end hashes all its suffixes; each label costs
 * one probe of an open table, however many rules there are, and nothing is allocated. Immutable.
 */
final class HostIndex {
    /** A name in the table: the rules for just this name, and those for it and all below it; both rising. */
    private static final class Node {
        private final String name;
        private final int hash;
        private final int[] exact;
        private final int[] suffix;

        Node(String name, int hash, int[] exact, int[] suffix) {
            this.name = name;
            this.hash = hash;
            this.exact = exact;
            this.suffix = suffix;
        }
    }

    private static final int[] NONE = {};

    private final @Nullable Node[] table;

    private HostIndex(@Nullable Node[] table) {
        this.table = table;
    }

    /** Collects names while rules are compiled. */
    static final class Builder {
        private final Map<String, Set<Integer>> exact = new TreeMap<>();
        private final Map<String, Set<Integer>> suffix = new TreeMap<>();

        void exact(String name, int rule) {
            exact.computeIfAbsent(name, n -> new TreeSet<>()).add(rule);
        }

        void suffix(String name, int rule) {
            suffix.computeIfAbsent(name, n -> new TreeSet<>()).add(rule);
        }

        HostIndex build() {
            TreeSet<String> names = new TreeSet<>(exact.keySet());
            names.addAll(suffix.keySet());
            @Nullable Node[] table = new @Nullable Node[Integer.highestOneBit(names.size() * 2 + 1) * 2];
            for (String name : names) {
                int hash = 0;
                for (int i = name.length() - 1; i >= 0; i--) {
                    hash = step(hash, name.charAt(i));
                }
                int slot = slot(hash, table.length);
                while (table[slot] != null) {
                    slot = slot + 1 & table.length - 1;
                }
                table[slot] = new Node(name, hash, rules(exact.get(name)), rules(suffix.get(name)));
            }
            return new HostIndex(table);
        }

        private static int[] rules(@Nullable Set<Integer> rules) {
            return rules == null
                    ? NONE
                    : rules.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** Adds the lists of rules that {@code host} concerns. */
    void find(String host, Candidates into) {
        int hash = 0;
        for (int i = host.length() - 1; i >= 0; i--) {
            hash = step(hash, host.charAt(i));
            if (i == 0 || host.charAt(i - 1) == '.') {
                Node node = node(host, i, hash);
                if (node != null) {
                    into.add(node.suffix);
                    into.add(i == 0 ? node.exact : NONE);
                }
            }
        }
    }

    private @Nullable Node node(String host, int from, int hash) {
        int slot = slot(hash, table.length);
        for (Node node = table[slot]; node != null; node = table[slot]) {
            if (node.hash == hash && node.name.length() == host.length() - from && host.startsWith(node.name, from)) {
                return node;
            }
            slot = slot + 1 & table.length - 1;
        }
        return null;
    }

    private static int step(int hash, char c) {
        return (hash ^ c) * 0x01000193; // FNV-1a
    }

    private static int slot(int hash, int length) {
        int mixed = (hash ^ hash >>> 16) * 0x85ebca6b; // FNV leaves names that differ in their first letters close
        return (mixed ^ mixed >>> 13) & length - 1;
    }
}

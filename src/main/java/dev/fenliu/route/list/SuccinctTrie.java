package dev.fenliu.route.list;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * The trie that binary lists keep names in: names backwards, nodes in level order, for each node a 0 bit a child and
 * then a 1 bit, and one label byte a child. It is walked upwards from each leaf, so that no depth of a hostile file can
 * exhaust the stack.
 */
final class SuccinctTrie {
    /** Receives a name, forwards, with the marks that the format adds to it. */
    interface Names {
        void name(String name);
    }

    private static final int MAX_DEPTH = 512; // bytes of a name with its marks, in UTF-8 if it is international
    private static final int MAX_NODES = 16 << 20; // some millions of names

    private final int[] parents; // of each node; the root is node 0
    private final byte[] labels; // of each node but the root, at its number less one
    private final BitSet leaves;

    private SuccinctTrie(int[] parents, byte[] labels, BitSet leaves) {
        this.parents = parents;
        this.labels = labels;
        this.leaves = leaves;
    }

    static SuccinctTrie of(long[] leaves, long[] bitmap, byte[] labels) throws ListFormatException {
        if (labels.length > MAX_NODES) {
            throw new ListFormatException("the file holds too many names");
        }
        int[] parents = new int[labels.length + 1];
        long bits = (long) bitmap.length * 64;
        int node = 0;
        int nodes = 1;
        int depth = 0;
        int nextLevel = 1;
        for (long bit = 0; node < nodes; bit++) {
            if (bit == bits) {
                throw damaged();
            }
            if ((bitmap[(int) (bit >> 6)] >>> bit & 1) == 0) {
                if (nodes > labels.length || depth == MAX_DEPTH) {
                    throw damaged();
                }
                parents[nodes++] = node;
            } else if (++node == nextLevel) {
                depth++;
                nextLevel = nodes;
            }
        }
        if (nodes != labels.length + 1) {
            throw damaged();
        }
        BitSet ends = BitSet.valueOf(leaves);
        ends.clear(nodes, Math.max(nodes, ends.length()));
        return new SuccinctTrie(parents, labels, ends);
    }

    private static ListFormatException damaged() {
        return new ListFormatException("the file is damaged: its index of names contradicts itself");
    }

    /**
     * Tells every name. Where a name and {@code mark.name} are both present, they are told as the one name {@code
     * both + name}.
     *
     * @param mark the character that stands for the names below, as {@code +} in {@code +.example.org}
     */
    void each(char mark, char both, Names names) {
        BitSet merged = new BitSet();
        for (int leaf = leaves.nextSetBit(1); leaf >= 0; leaf = leaves.nextSetBit(leaf + 1)) {
            int apex = apex(leaf, mark);
            if (apex > 0 && leaves.get(apex)) {
                merged.set(apex);
                merged.set(leaf);
            }
        }
        for (int leaf = leaves.nextSetBit(1); leaf >= 0; leaf = leaves.nextSetBit(leaf + 1)) {
            if (!merged.get(leaf)) {
                names.name(name(leaf));
            } else if (apex(leaf, mark) < 0 || !merged.get(apex(leaf, mark))) {
                names.name(both + name(leaf));
            }
        }
    }

    /** The node of the name that {@code mark.name} at this leaf is about, or -1. */
    private int apex(int leaf, char mark) {
        int dot = parents[leaf];
        return labels[leaf - 1] == mark && dot > 0 && labels[dot - 1] == '.' ? parents[dot] : -1;
    }

    private String name(int leaf) {
        byte[] path = new byte[MAX_DEPTH];
        int at = path.length;
        for (int node = leaf; node > 0; node = parents[node]) {
            path[--at] = labels[node - 1];
        }
        String backwards = new String(path, at, path.length - at, StandardCharsets.UTF_8);
        return new StringBuilder(backwards).reverse().toString();
    }
}

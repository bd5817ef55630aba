package dev.fenliu.route;

import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** From addresses to the rules whose networks hold them: a binary trie for each family. Immutable. */
final class AddressIndex {
    private final Trie four;
    private final Trie six;

    private AddressIndex(Trie four, Trie six) {
        this.four = four;
        this.six = six;
    }

    /** Collects networks while rules are compiled. */
    static final class Builder {
        private final Branch four = new Branch();
        private final Branch six = new Branch();

        void add(Cidr prefix, int rule) {
            byte[] bytes = prefix.network().getAddress();
            Branch branch = bytes.length == 4 ? four : six;
            for (int bit = 0; bit < prefix.prefix(); bit++) {
                branch = branch.child(bit(bytes, bit));
            }
            branch.rules.add(rule);
        }

        AddressIndex build() {
            return new AddressIndex(Trie.of(four), Trie.of(six));
        }
    }

    private static final class Branch {
        private @Nullable Branch zero;
        private @Nullable Branch one;
        private final TreeSet<Integer> rules = new TreeSet<>();

        Branch child(int bit) {
            Branch next = bit == 0 ? zero : one;
            if (next == null) {
                next = new Branch();
                if (bit == 0) {
                    zero = next;
                } else {
                    one = next;
                }
            }
            return next;
        }
    }

    /** Node n has its children at 2n and 2n + 1 of {@code next}, 0 where there is none. */
    private static final class Trie {
        private final int[] next;
        private final int[][] rules;

        private Trie(int[] next, int[][] rules) {
            this.next = next;
            this.rules = rules;
        }

        static Trie of(Branch root) {
            List<Branch> all = new ArrayList<>();
            List<int[]> links = new ArrayList<>();
            all.add(root);
            for (int i = 0; i < all.size(); i++) {
                Branch branch = all.get(i);
                int[] pair = new int[2];
                for (int bit = 0; bit < 2; bit++) {
                    Branch child = bit == 0 ? branch.zero : branch.one;
                    if (child != null) {
                        pair[bit] = all.size();
                        all.add(child);
                    }
                }
                links.add(pair);
            }
            return new Trie(
                    links.stream().flatMapToInt(Arrays::stream).toArray(),
                    all.stream()
                            .map(branch -> branch.rules.stream()
                                    .mapToInt(Integer::intValue)
                                    .toArray())
                            .toArray(int[][]::new));
        }

        void find(byte[] address, Candidates into) {
            int node = 0;
            into.add(rules[0]);
            for (int bit = 0; bit < address.length * 8; bit++) {
                node = next[2 * node + bit(address, bit)];
                if (node == 0) {
                    return;
                }
                into.add(rules[node]);
            }
        }
    }

    /** Adds the lists of rules that {@code address} concerns. */
    void find(InetAddress address, Candidates into) {
        byte[] bytes = address.getAddress();
        (bytes.length == 4 ? four : six).find(bytes, into);
    }

    private static int bit(byte[] bytes, int index) {
        return bytes[index >> 3] >> (7 - (index & 7)) & 1;
    }
}

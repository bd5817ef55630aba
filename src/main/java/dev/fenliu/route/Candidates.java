package dev.fenliu.route;

import java.util.Arrays;

/** The rules that may match one question, in rising order: a merge of a few rising lists. Confined to one call. */
final class Candidates {
    /** Behind all rules. */
    static final int END = Integer.MAX_VALUE;

    private int[][] lists = new int[4][];
    private int[] heads = new int[4];
    private int size;

    void add(int[] rules) {
        if (rules.length == 0) {
            return;
        }
        if (size == lists.length) {
            lists = Arrays.copyOf(lists, 2 * size);
            heads = Arrays.copyOf(heads, 2 * size);
        }
        lists[size++] = rules;
    }

    /** The lowest candidate that is not below {@code from}, which may not fall from call to call; {@link #END} if none. */
    int next(int from) {
        int lowest = END;
        for (int i = 0; i < size; i++) {
            int[] list = lists[i];
            int head = heads[i];
            if (head < list.length && list[head] < from) {
                int found = Arrays.binarySearch(list, head, list.length, from);
                head = found < 0 ? -found - 1 : found;
                heads[i] = head;
            }
            if (head < list.length && list[head] < lowest) {
                lowest = list[head];
            }
        }
        return lowest;
    }
}

package dev.fenliu.edit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The difference of two texts by lines, as Myers' greedy algorithm finds it (An O(ND) Difference Algorithm, 1986). */
public final class Diff {
    private static final int CONTEXT = 3;
    /** Texts that differ in more lines than that are taken as different from the first to the last of them. */
    private static final int MAX_EDITS = 1_500;

    /** Lines from {@code from} to before {@code to} of the old text have become those from {@code start} to before {@code end}. */
    record Hunk(int from, int to, int start, int end) {}

    private Diff() {}

    private static List<String> lines(String text) {
        return Arrays.asList(text.split("\n", -1));
    }

    /** What became of the old lines, in order and apart. */
    static List<Hunk> hunks(List<String> old, List<String> now) {
        int head = 0;
        while (head < Math.min(old.size(), now.size()) && old.get(head).equals(now.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < Math.min(old.size(), now.size()) - head
                && old.get(old.size() - 1 - tail).equals(now.get(now.size() - 1 - tail))) {
            tail++;
        }
        List<String> a = old.subList(head, old.size() - tail);
        List<String> b = now.subList(head, now.size() - tail);
        if (a.isEmpty() && b.isEmpty()) {
            return List.of();
        }
        List<int[]> steps = a.isEmpty() || b.isEmpty() ? null : steps(a, b);
        if (steps == null) {
            return List.of(new Hunk(head, head + a.size(), head, head + b.size()));
        }
        return hunks(a, b, steps, head);
    }

    /** The furthest points on each diagonal after each number of edits; null when there are too many. */
    private static @org.jspecify.annotations.Nullable List<int[]> steps(List<String> a, List<String> b) {
        int most = Math.min(MAX_EDITS, a.size() + b.size());
        int[] furthest = new int[2 * most + 3];
        List<int[]> trace = new ArrayList<>();
        for (int d = 0; d <= most; d++) {
            trace.add(Arrays.copyOfRange(furthest, most - d, most + d + 3));
            for (int k = -d; k <= d; k += 2) {
                int at = most + 1 + k;
                boolean down = k == -d || k != d && furthest[at - 1] < furthest[at + 1];
                int x = down ? furthest[at + 1] : furthest[at - 1] + 1;
                while (x < a.size() && x - k < b.size() && a.get(x).equals(b.get(x - k))) {
                    x++;
                }
                furthest[at] = x;
                if (x >= a.size() && x - k >= b.size()) {
                    return trace;
                }
            }
        }
        return null;
    }

    /** Walks back from the end. */
    private static List<Hunk> hunks(List<String> a, List<String> b, List<int[]> trace, int head) {
        List<Hunk> hunks = new ArrayList<>();
        int x = a.size();
        int y = b.size();
        for (int d = trace.size() - 1; d > 0; d--) {
            int[] before = trace.get(d); // diagonals from -d - 1 to d + 1
            int k = x - y;
            boolean down = k == -d || k != d && before[k + d] < before[k + d + 2];
            int fromK = down ? k + 1 : k - 1;
            int fromX = before[fromK + d + 1];
            int fromY = fromX - fromK;
            Hunk step = down
                    ? new Hunk(head + fromX, head + fromX, head + fromY, head + fromY + 1)
                    : new Hunk(head + fromX, head + fromX + 1, head + fromY, head + fromY);
            Hunk last = hunks.isEmpty() ? null : hunks.get(hunks.size() - 1);
            if (last != null && last.from == step.to && last.start == step.end) {
                hunks.set(hunks.size() - 1, new Hunk(step.from, last.to, step.start, last.end));
            } else {
                hunks.add(step);
            }
            x = fromX;
            y = fromY;
        }
        Collections.reverse(hunks);
        return hunks;
    }

    /**
     * In the unified form, as {@code diff -u} prints it, without the lines that name the files; empty when there is none.
     */
    public static String unified(String old, String now) {
        List<String> a = lines(old);
        List<String> b = lines(now);
        List<Hunk> hunks = hunks(a, b);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < hunks.size(); ) {
            int next = i + 1;
            while (next < hunks.size() && hunks.get(next).from - hunks.get(next - 1).to <= 2 * CONTEXT) {
                next++;
            }
            print(a, b, hunks.subList(i, next), out);
            i = next;
        }
        return out.toString();
    }

    /** The number of the first line that differs, from 1. */
    static int firstLine(String old, String now) {
        return 1
                + hunks(lines(old), lines(now)).stream()
                        .mapToInt(Hunk::from)
                        .findFirst()
                        .orElse(0);
    }

    private static void print(List<String> a, List<String> b, List<Hunk> hunks, StringBuilder out) {
        Hunk first = hunks.get(0);
        Hunk last = hunks.get(hunks.size() - 1);
        int lead = Math.min(CONTEXT, first.from);
        int to = Math.min(a.size(), last.to + CONTEXT);
        int more = to - last.to;
        out.append("@@ -").append(first.from - lead + 1).append(',').append(to - first.from + lead);
        out.append(" +").append(first.start - lead + 1).append(',').append(last.end + more - first.start + lead);
        out.append(" @@\n");
        int at = first.from - lead;
        for (Hunk hunk : hunks) {
            a.subList(at, hunk.from)
                    .forEach(line -> out.append(' ').append(line).append('\n'));
            a.subList(hunk.from, hunk.to)
                    .forEach(line -> out.append('-').append(line).append('\n'));
            b.subList(hunk.start, hunk.end)
                    .forEach(line -> out.append('+').append(line).append('\n'));
            at = hunk.to;
        }
        a.subList(at, to).forEach(line -> out.append(' ').append(line).append('\n'));
    }

    /**
     * Does to {@code mine} what made {@code base} into {@code other}.
     *
     * @return empty when both changed the same lines
     */
    public static Optional<String> merge(String base, String mine, String other) {
        List<String> lines = new ArrayList<>(lines(mine));
        List<Hunk> own = hunks(lines(base), lines(mine));
        List<String> theirs = lines(other);
        List<Hunk> wanted = new ArrayList<>(hunks(lines(base), theirs));
        Collections.reverse(wanted);
        for (Hunk hunk : wanted) {
            int shift = 0;
            for (Hunk made : own) {
                boolean before = made.to <= hunk.from && !(made.from == hunk.from && hunk.from == hunk.to);
                boolean after = made.from >= hunk.to && !(made.from == hunk.from && made.from == made.to);
                if (!before && !after) {
                    return Optional.empty();
                }
                shift += before ? made.end - made.start - made.to + made.from : 0;
            }
            List<String> replaced = lines.subList(hunk.from + shift, hunk.to + shift);
            replaced.clear();
            replaced.addAll(theirs.subList(hunk.start, hunk.end));
        }
        return Optional.of(String.join("\n", lines));
    }
}

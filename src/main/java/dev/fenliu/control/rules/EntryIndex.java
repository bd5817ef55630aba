package dev.fenliu.control.rules;

import dev.fenliu.control.http.Page;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.TextSink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The entries of one list, for searches: one text for all of them, and where each begins. Immutable.
 */
final class EntryIndex {
    /** An entry; the line is 0 in formats without lines. */
    record Entry(String text, int line) {}

    /** How many there are, and those of the page. */
    record Found(int total, List<Entry> part) {}

    private final String text;
    private final String folded;
    private final int[] starts;
    private final int[] lines;

    private EntryIndex(String text, int[] starts, int[] lines) {
        this.text = text;
        String lower = text.toLowerCase(Locale.ROOT);
        this.folded = lower.equals(text) || lower.length() != text.length() ? text : lower;
        this.starts = starts;
        this.lines = lines;
    }

    static EntryIndex of(RuleSet set) throws IOException, ListFormatException {
        Collector collector = new Collector();
        set.read(collector);
        return new EntryIndex(
                collector.text.toString(),
                Arrays.copyOf(collector.starts, collector.size),
                Arrays.copyOf(collector.lines, collector.size));
    }

    /** The entries that contain a text, in any case of letters. */
    Found find(String search, Page page) {
        String wanted = search.toLowerCase(Locale.ROOT);
        List<Entry> part = new ArrayList<>();
        if (wanted.isEmpty()) {
            for (int i = page.offset(); i < starts.length && part.size() < page.limit(); i++) {
                part.add(entry(i));
            }
            return new Found(starts.length, part);
        }
        int total = 0;
        for (int at = folded.indexOf(wanted); at >= 0; ) {
            int found = Arrays.binarySearch(starts, at);
            int index = found < 0 ? -found - 2 : found;
            if (total >= page.offset() && part.size() < page.limit()) {
                part.add(entry(index));
            }
            total++;
            at = index + 1 < starts.length ? folded.indexOf(wanted, starts[index + 1]) : -1;
        }
        return new Found(total, part);
    }

    private Entry entry(int index) {
        int end = index + 1 < starts.length ? starts[index + 1] : text.length();
        return new Entry(text.substring(starts[index], end - 1), lines[index]);
    }

    private static final class Collector implements TextSink {
        private final StringBuilder text = new StringBuilder();
        private int[] starts = new int[1024];
        private int[] lines = new int[1024];
        private int size;

        @Override
        public void text(String entry, int line) {
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, 2 * size);
                lines = Arrays.copyOf(lines, 2 * size);
            }
            starts[size] = text.length();
            lines[size++] = line;
            text.append(entry).append('\n');
        }
    }
}

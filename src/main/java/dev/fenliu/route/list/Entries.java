package dev.fenliu.route.list;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Where readers put what they find: normalises it, hands it to the sink, and counts. Not thread-safe. */
final class Entries {
    private static final int SHOWN_CHARS = 100;

    private final ListSink sink;
    private int good;
    private int bad;
    private @Nullable String firstReason;

    Entries(ListSink sink) {
        this.sink = sink;
    }

    /** Entries and exceptions that the sink got. */
    int good() {
        return good;
    }

    int bad() {
        return bad;
    }

    /** Why the first bad line was skipped, with its place; null if none was. */
    @Nullable
    String firstReason() {
        return firstReason;
    }

    void add(EntryKind kind, String text, int line) {
        add(kind, text, false, line);
    }

    void add(EntryKind kind, String text, boolean except, int line) {
        Entry entry;
        try {
            entry = Entry.of(kind, text);
        } catch (IllegalArgumentException e) {
            bad(line, text, String.valueOf(e.getMessage()));
            return;
        }
        add(entry, except, line);
    }

    void add(Entry entry, boolean except, int line) {
        good++;
        if (except) {
            sink.except(entry.kind(), entry.value(), line);
        } else {
            sink.entry(entry.kind(), entry.value(), line);
        }
    }

    void range(InetAddress from, InetAddress to, int line) {
        good++;
        sink.range(from, to, line);
    }

    void bad(int line, String text, String why) {
        if (bad++ == 0) {
            firstReason = line > 0 ? "line " + line + ": " + why : why;
        }
        sink.bad(line, shorten(text), why);
    }

    private static String shorten(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(SHOWN_CHARS)
                .forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? 0xfffd : c));
        return text.codePointCount(0, text.length()) > SHOWN_CHARS ? shown + "…" : shown.toString();
    }
}

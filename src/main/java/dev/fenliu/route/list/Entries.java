package dev.fenliu.route.list;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Where readers put what they find: normalises it, hands it to the sink, and counts. Not thread-safe. */
final class Entries {
    private static final int SHOWN_CHARS = 100;
    private static final int REASON_CHARS = 300;

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

    /** @param why may hold the text, which may be as long as the list */
    void bad(int line, String text, String why) {
        String reason = shorten(why, REASON_CHARS);
        if (bad++ == 0) {
            firstReason = line > 0 ? "line " + line + ": " + reason : reason;
        }
        sink.bad(line, shorten(text, SHOWN_CHARS), reason);
    }

    private static String shorten(String text, int most) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? 0xfffd : c));
        return text.codePoints().skip(most).findAny().isPresent() ? shown + "…" : shown.toString();
    }
}

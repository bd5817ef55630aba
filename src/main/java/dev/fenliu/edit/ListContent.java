package dev.fenliu.edit;

import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import dev.fenliu.route.list.ListSink;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a list holds, in the order of its text. */
final class ListContent implements ListSink {
    /** What a line says, or a part of it. */
    record Entry(EntryKind kind, String value) {}

    /** Where; the line counts from 1, and is 0 where there are none. */
    record Placed(Entry entry, int line) {}

    private final List<Placed> entries = new ArrayList<>();
    private int others;

    private ListContent() {}

    /** Reads a text. @throws EditRefused if it cannot be read, or has nothing */
    static ListContent of(String text, ListFormat format) throws EditRefused {
        ListContent content = new ListContent();
        try {
            ListReader.read(text.getBytes(StandardCharsets.UTF_8), format, "", content);
            return content;
        } catch (ListFormatException e) {
            throw new EditRefused("the list cannot be read: " + e.getMessage());
        }
    }

    @Override
    public void entry(EntryKind kind, String value, int line) {
        entries.add(new Placed(new Entry(kind, value), line));
    }

    @Override
    public void except(EntryKind kind, String value, int line) {
        others++;
    }

    @Override
    public void range(InetAddress from, InetAddress to, int line) {
        others++;
    }

    @Override
    public void bad(int line, String text, String why) {
        others++;
    }

    List<Placed> entries() {
        return entries;
    }

    List<Entry> said() {
        return entries.stream().map(Placed::entry).toList();
    }

    /** How much there is that is no entry: exceptions, ranges, bad lines. */
    int others() {
        return others;
    }
}

package dev.fenliu.route;

import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListSink;
import java.net.InetAddress;

/** Passes entries on, all with one place: that of the value in the configuration that holds them. */
final class PlacedSink implements ListSink {
    private final ListSink sink;
    private final int line;
    private boolean bad;

    PlacedSink(ListSink sink, int line) {
        this.sink = sink;
        this.line = line;
    }

    /** Whether something was reported as bad. */
    boolean hasBad() {
        return bad;
    }

    @Override
    public void entry(EntryKind kind, String value, int at) {
        sink.entry(kind, value, line);
    }

    @Override
    public void except(EntryKind kind, String value, int at) {
        sink.except(kind, value, line);
    }

    @Override
    public void range(InetAddress from, InetAddress to, int at) {
        sink.range(from, to, line);
    }

    @Override
    public void bad(int at, String text, String why) {
        bad = true;
        sink.bad(line, text, why);
    }
}

package dev.fenliu.route.list;

import java.net.InetAddress;

/**
 * Receives what a list holds, in the order of the list. Lines count from 1; they are 0 for formats without lines. What
 * it throws is passed on to the caller of {@link ListReader#read}.
 */
public interface ListSink {
    /** A thing that the list names. */
    void entry(EntryKind kind, String value, int line);

    /** A thing that the list excludes, whatever else it names ({@code @@||example.org^}). */
    void except(EntryKind kind, String value, int line);

    /** The addresses between the two, both included, which are of one family. */
    void range(InetAddress from, InetAddress to, int line);

    /** A line that was skipped, shortened to what fits a message, and the reason in words. */
    void bad(int line, String text, String why);
}

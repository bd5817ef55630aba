package dev.fenliu.route.list;

import org.jspecify.annotations.Nullable;

/** Reads a rule-set file of any format. */
public final class ListReader {
    /** The largest file that is read, in bytes. */
    public static final int MAX_BYTES = 32 << 20;

    private ListReader() {}

    /**
     * The format that the content looks like.
     *
     * @throws ListFormatException if it cannot be a list: it is empty, too large, or a web page
     */
    public static ListFormat detect(byte[] content) throws ListFormatException {
        if (content.length == 0) {
            throw new ListFormatException("the list is empty");
        }
        return ListFormat.TEXT;
    }

    /**
     * Hands every entry to the sink. Bad lines are reported to it and skipped.
     *
     * @param forced the format, or null to recognise it from the content
     * @param code which list of a {@code geosite.dat} or {@code geoip.dat}: {@code openai}, {@code google@ads}; empty
     *     for other formats
     * @throws ListFormatException if the file is damaged, unbounded, or has no good entry; what was handed to the sink
     *     until then is to be thrown away
     */
    public static void read(byte[] content, @Nullable ListFormat forced, String code, ListSink sink)
            throws ListFormatException {
        if (content.length > MAX_BYTES || !code.isEmpty() || (forced == null ? detect(content) : forced) == null) {
            throw new ListFormatException("the list has " + content.length + " bytes, which is too much");
        }
        sink.bad(1, "", "not read yet");
    }
}

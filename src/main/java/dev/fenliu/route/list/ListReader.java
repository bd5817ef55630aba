package dev.fenliu.route.list;

import org.jspecify.annotations.Nullable;

/** Reads a rule-set file of any format. */
public final class ListReader {
    /** The largest file that is read, in bytes. */
    public static final int MAX_BYTES = 32 << 20;

    private ListReader() {}

    /**
     * The format that the content looks like. Texts that look the same in several formats are told apart by their first
     * lines; {@code domain-set}, and v2fly sources without any of their marks, cannot be told from plain text.
     *
     * @throws ListFormatException if it cannot be a list: it is empty, too large, an archive or a web page
     */
    public static ListFormat detect(byte[] content) throws ListFormatException {
        requireSize(content);
        return FormatDetector.detect(content);
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
        requireSize(content);
        ListFormat format = forced == null ? FormatDetector.detect(content) : forced;
        if (!code.isEmpty() && format != ListFormat.GEOSITE && format != ListFormat.GEOIP) {
            throw new ListFormatException("only geosite and geoip files hold several lists; this is " + format.key()
                    + ", without \"" + code + "\"");
        }
        Entries out = new Entries(sink);
        switch (format) {
            case MRS -> MrsFile.read(content, out);
            case SRS -> SrsFile.read(content, out);
            case GEOSITE, GEOIP -> GeoFile.read(content, format, code, out);
            default -> {
                FormatDetector.requireText(content);
                text(content, format, out);
            }
        }
        if (out.good() == 0) {
            throw nothing(format, out);
        }
    }

    private static void text(byte[] content, ListFormat format, Entries out) throws ListFormatException {
        switch (format) {
            case SING_BOX -> SingBoxJson.read(content, out);
            case GFWLIST -> Gfwlist.read(content, out);
            case FENLIU -> TextLines.each(content, new YamlLists(new FenliuYaml()), out);
            case CLASH -> TextLines.each(content, new YamlLists(new ClashYaml()), out);
            case CLASSICAL, SURGE -> TextLines.each(content, new ClassicalLine(), out);
            case HOSTS -> TextLines.each(content, new HostsLine(), out);
            case DNSMASQ -> TextLines.each(content, new DnsmasqLine(), out);
            case ADBLOCK -> TextLines.each(content, new AdblockLine(), out);
            case DOMAIN_SET -> TextLines.each(content, new DomainSetLine(), out);
            case V2FLY -> TextLines.each(content, new V2flyLine(), out);
            default -> TextLines.each(content, new TextLine(), out);
        }
    }

    private static ListFormatException nothing(ListFormat format, Entries out) {
        String reason = out.firstReason();
        return new ListFormatException(
                reason == null
                        ? "the list has no entry (read as " + format.key() + ")"
                        : reason + " (read as " + format.key() + "; none of the " + out.bad() + " lines is good)");
    }

    private static void requireSize(byte[] content) throws ListFormatException {
        if (content.length == 0) {
            throw new ListFormatException("the file is empty");
        }
        if (content.length > MAX_BYTES) {
            throw new ListFormatException("the file has more than " + (MAX_BYTES >> 20) + " MiB");
        }
    }
}

package dev.fenliu.route.list;

import com.google.re2j.Pattern;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** Keeps what a reader told as lines of text, and answers for a host as simply as can be. */
final class RecordedList implements ListSink {
    final List<String> entries = new ArrayList<>();
    final List<String> bad = new ArrayList<>();
    final List<Integer> lines = new ArrayList<>();
    private final List<Entry> positive = new ArrayList<>();
    private final List<Entry> negative = new ArrayList<>();
    private final CidrSet.Builder networks = CidrSet.builder();

    static RecordedList of(String text) throws ListFormatException {
        return of(text.getBytes(StandardCharsets.UTF_8), null, "");
    }

    static RecordedList of(ListFormat format, String text) throws ListFormatException {
        return of(text.getBytes(StandardCharsets.UTF_8), format, "");
    }

    static RecordedList of(byte[] content, ListFormat format, String code) throws ListFormatException {
        RecordedList list = new RecordedList();
        ListReader.read(content, format, code, list);
        return list;
    }

    /** Without the check for a good entry. */
    static RecordedList of(LineSyntax syntax, String text) {
        RecordedList list = new RecordedList();
        TextLines.each(text.getBytes(StandardCharsets.UTF_8), syntax, new Entries(list));
        return list;
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = RecordedList.class.getResourceAsStream("/lists/" + name)) {
            return name.endsWith(".gz") ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
        }
    }

    @Override
    public void entry(EntryKind kind, String value, int line) {
        entries.add(kind + " " + value);
        lines.add(line);
        positive.add(new Entry(kind, value));
        if (kind == EntryKind.IP_CIDR || kind == EntryKind.IP_CIDR_KNOWN) {
            networks.add(Cidr.parse(value));
        }
    }

    @Override
    public void except(EntryKind kind, String value, int line) {
        entries.add("except " + kind + " " + value);
        lines.add(line);
        negative.add(new Entry(kind, value));
    }

    @Override
    public void range(InetAddress from, InetAddress to, int line) {
        entries.add(Addresses.text(from) + "-" + Addresses.text(to));
        lines.add(line);
        networks.addRange(from, to);
    }

    @Override
    public void bad(int line, String text, String why) {
        bad.add(line + ": " + text + ": " + why);
    }

    /** All entries, exceptions included, but not ranges. */
    void each(Consumer<Entry> sink) {
        positive.forEach(sink);
        negative.forEach(sink);
    }

    boolean matches(String text) {
        Host host = Host.parse(text);
        if (host instanceof Host.Address address) {
            return networks.build().contains(address.value());
        }
        return positive.stream().anyMatch(e -> matches(e, host.toString()))
                && negative.stream().noneMatch(e -> matches(e, host.toString()));
    }

    static boolean matches(Entry entry, String host) {
        String value = entry.value();
        return switch (entry.kind()) {
            case DOMAIN -> host.equals(value);
            case DOMAIN_SUFFIX -> host.equals(value) || host.endsWith("." + value);
            case DOMAIN_BELOW -> host.endsWith("." + value);
            case DOMAIN_CHILD ->
                host.endsWith("." + value)
                        && host.substring(0, host.length() - value.length() - 1).indexOf('.') < 0;
            case DOMAIN_KEYWORD -> host.contains(value);
            case DOMAIN_WILDCARD ->
                Pattern.matches(value.replace(".", "\\.").replace("*", ".*").replace("?", "."), host);
            case DOMAIN_REGEX -> DomainRegex.compile(value).matcher(host).find();
            case IP_CIDR, IP_CIDR_KNOWN, CLASH_LINE -> false;
        };
    }
}

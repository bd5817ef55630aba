package dev.fenliu.engine;

import dev.fenliu.dns.Trail;
import dev.fenliu.route.RuleRef;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.xbill.DNS.Rcode;

/**
 * A query of a DNS client, and what it was answered.
 *
 * @param name in lower case, as it was asked for
 * @param type of the record
 * @param rule what decided; empty for names that the rules are not asked about
 * @param via the outbound or group through which the name was asked for; empty when it was asked here, or not at all
 * @param trail empty when no resolver had anything to do with it
 */
public record NameView(
        Instant time,
        InetAddress client,
        String name,
        int type,
        Optional<RuleRef> rule,
        Optional<String> via,
        Optional<Trail> trail,
        NameReport.Message message,
        Duration took) {
    private static final int CODE = 3;
    private static final int CODES = 16;
    private static final Map<Trail.Source, String> SOURCES = new EnumMap<>(Trail.Source.class);
    private static final List<String> RESULTS = IntStream.range(0, CODES)
            .mapToObj(code -> Rcode.string(code).toLowerCase(Locale.ROOT))
            .toList();

    static {
        for (Trail.Source source : Trail.Source.values()) {
            SOURCES.put(source, source.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
    }

    /** Where the answer came from: {@code cache}, {@code upstream}, …; {@code rule} for blocked names, or {@code own}. */
    public String from() {
        return trail.isPresent() ? SOURCES.getOrDefault(trail.get().source(), "") : rule.isPresent() ? "rule" : "own";
    }

    /** The response code (RFC 1035 section 4.1.1) in lower case. */
    public String result() {
        return RESULTS.get(message.at(CODE) & CODES - 1);
    }
}

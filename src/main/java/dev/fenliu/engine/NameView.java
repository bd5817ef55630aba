package dev.fenliu.engine;

import dev.fenliu.dns.Trail;
import dev.fenliu.route.RuleRef;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
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

    /** Where the answer came from: {@code cache}, {@code upstream}, …; {@code rule} for blocked names, or {@code own}. */
    public String from() {
        return trail.map(known -> known.source().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .orElse(rule.isPresent() ? "rule" : "own");
    }

    /** The response code (RFC 1035 section 4.1.1) in lower case. */
    public String result() {
        return Rcode.string(message.at(CODE) & 0xf).toLowerCase(Locale.ROOT);
    }
}

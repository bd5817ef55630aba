package dev.fenliu.leak;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.sniff.Sniffer;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the provider saw come from the box during some time. */
record Traffic(List<Frame> frames) {
    private static final Set<String> HOUSEKEEPING = Set.of("arp", "neighbours", "fence");

    /** The places that something was sent to, such as {@code tcp 203.0.113.1:443}. */
    Set<String> places() {
        Set<String> places = new TreeSet<>();
        frames.forEach(frame -> places.add(frame.where()));
        places.removeAll(HOUSEKEEPING);
        return places;
    }

    /** The names that the provider's resolver was asked for in the plain. */
    Set<String> questions() {
        Set<String> names = new TreeSet<>();
        for (Frame frame : frames) {
            if (frame.where().startsWith("udp") && frame.where().endsWith(":53")) {
                StringBuilder name = new StringBuilder();
                String message = frame.payload();
                for (int at = 12; message.charAt(at) != 0; at += 1 + message.charAt(at)) {
                    name.append(message, at + 1, at + 1 + message.charAt(at)).append('.');
                }
                names.add(name.toString().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }

    /** The canaries that the provider could have learnt of, by looking as hard as one can. */
    Set<String> canaries() {
        Set<String> found = new TreeSet<>();
        frames.forEach(frame -> found.addAll(Canaries.in(frame.bytes())));
        Map<String, List<Frame>> flows = new LinkedHashMap<>();
        frames.forEach(frame ->
                flows.computeIfAbsent(frame.flow(), flow -> new ArrayList<>()).add(frame));
        flows.forEach((flow, of) -> {
            if (flow.startsWith("tcp")) {
                String stream = stream(of);
                found.addAll(Canaries.in(stream));
                found.addAll(Canaries.in(withoutRecords(stream)));
            } else if (flow.startsWith("udp")) {
                Sniffer.sniff(of.stream()
                                .limit(4)
                                .map(frame ->
                                        Unpooled.wrappedBuffer(frame.payload().getBytes(ISO_8859_1)))
                                .toList())
                        .name()
                        .map(Host.Name::value)
                        .ifPresent(name -> found.addAll(Canaries.in(name)));
            }
        });
        return found;
    }

    /** The bytes of a stream in their order, whatever segments they came in. */
    private static String stream(List<Frame> frames) {
        Map<Long, String> segments = new TreeMap<>();
        frames.forEach(frame -> segments.merge(
                frame.sequence(), frame.payload(), (one, other) -> one.length() < other.length() ? other : one));
        return String.join("", segments.values());
    }

    /** What TLS records hold (RFC 8446 section 5.1), without the headers that may stand amid a name. */
    private static String withoutRecords(String stream) {
        StringBuilder body = new StringBuilder();
        for (int at = 0; at + 5 < stream.length() && stream.charAt(at) == 22; ) {
            int end = at + 5 + (stream.charAt(at + 3) << 8 | stream.charAt(at + 4));
            body.append(stream, at + 5, Math.min(end, stream.length()));
            at = end;
        }
        return body.toString();
    }

    /** That nothing went to other places, and that no canary was to be seen. */
    void holdsOnly(Set<String> allowed) {
        Set<String> others = places();
        others.removeAll(allowed);
        allowed.forEach(place -> others.remove(place.replace("tcp ", "reset ")));
        assertThat(canaries())
                .as("canaries that the provider saw at %s", others)
                .isEmpty();
        assertThat(others)
                .as("places that nothing may be sent to (asked for: %s)", questions())
                .isEmpty();
    }
}

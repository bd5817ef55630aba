package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Which ports of the server are used in turn (the documentation of Hysteria, "Port Hopping"): all lead to the one where
 * it listens.
 *
 * @param ports none twice where they are not written twice
 * @param every how long one is used
 */
public record Hopping(List<Range> ports, Duration every) {
    /** What the ports look like. */
    static final String WORDS = "ports and ranges, such as 443,5000-6000";

    private static final int MOST = 1000;

    /** Both ends belong to it. */
    public record Range(int from, int to) {
        private int size() {
            return to - from + 1;
        }
    }

    public Hopping {
        ports = List.copyOf(ports);
    }

    /**
     * Reads a list with commas.
     *
     * @throws IllegalArgumentException if it is none; the message says why
     */
    static List<Range> ports(String text) {
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int dash = part.indexOf('-');
            int from = Destination.port(
                    dash < 0 ? part.strip() : part.substring(0, dash).strip());
            int to = dash < 0 ? from : Destination.port(part.substring(dash + 1).strip());
            if (to < from) {
                throw new IllegalArgumentException("\"" + part.strip() + "\" ends before it begins");
            }
            ranges.add(new Range(from, to));
        }
        if (ranges.size() > MOST) {
            throw new IllegalArgumentException("more than " + MOST + " ports and ranges");
        }
        return ranges;
    }

    /** One of the ports, any as likely as another. */
    int pick(RandomGenerator random) {
        int nth = random.nextInt(ports.stream().mapToInt(Range::size).sum());
        for (Range range : ports) {
            if (nth < range.size()) {
                return range.from + nth;
            }
            nth -= range.size();
        }
        throw new IllegalStateException("no ports");
    }
}

package dev.fenliu.route;

import dev.fenliu.model.Destination;

/** Ports from one to another, both included. */
public record PortRange(int from, int to) {
    /**
     * Reads {@code 443} or {@code 1000-2000}.
     *
     * @throws IllegalArgumentException for anything else; the message holds the text
     */
    public static PortRange parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            int port = Destination.port(text);
            return new PortRange(port, port);
        }
        if (!text.matches("[^-]*[0-9] *- *[0-9][^-]*")) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a port, or two with a dash between them)");
        }
        int from = Destination.port(text.substring(0, dash).strip());
        int to = Destination.port(text.substring(dash + 1).strip());
        if (from > to) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" starts above its end (expected: " + to + "-" + from + ")");
        }
        return new PortRange(from, to);
    }

    boolean contains(int port) {
        return port >= from && port <= to;
    }

    boolean covers(PortRange other) {
        return from <= other.from && to >= other.to;
    }

    boolean meets(PortRange other) {
        return from <= other.to && to >= other.from;
    }

    @Override
    public String toString() {
        return from == to ? Integer.toString(from) : from + "-" + to;
    }
}

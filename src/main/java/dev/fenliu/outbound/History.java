package dev.fenliu.outbound;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How the outbounds did, for 30 days by the hour and for a day in spans of five minutes; spans in which nothing happened
 * take no place. Less than 3 MiB on the disk, whatever happens. Thread-safe.
 */
public final class History {
    /** How finely time is divided. */
    public enum Scale {
        FINE(Duration.ofMinutes(5), 288),
        HOURS(Duration.ofHours(1), 720);

        private final Duration length;
        private final int most;

        Scale(Duration length, int most) {
            this.length = length;
            this.most = most;
        }

        /** How long a span is. */
        public Duration length() {
            return length;
        }

        /** How many spans are kept. */
        public int most() {
            return most;
        }
    }

    /**
     * What happened in a span of time.
     *
     * @param attempts flows and checks that tried to use the outbound
     * @param failures how often it failed
     * @param connect until its server answered, the median
     * @param answer from what flows sent first to what came back first, the median
     * @param up payload bytes of flows that ended
     * @param down the same, to the client
     * @param rate bytes a second to the client, of the best flow that got a MiB or more; 0 if there was none
     */
    public record Span(
            Instant start,
            int attempts,
            int failures,
            Optional<Duration> connect,
            Optional<Duration> answer,
            long up,
            long down,
            long rate) {}

    static final int MOST_OUTBOUNDS = 120;

    private final InstantSource clock;
    private final Map<String, Course> courses = new HashMap<>();

    /** @param clock of the wall, which spans are dated by */
    public History(InstantSource clock) {
        this.clock = clock;
    }

    /** What is written down of an outbound; it is lost where so many others are in use that there is no room for it. */
    Course of(String outbound) {
        synchronized (courses) {
            Course known = courses.get(outbound);
            if (known != null) {
                return known;
            }
            Course made = new Course(clock);
            if (courses.size() < MOST_OUTBOUNDS || forgetOne()) {
                courses.put(outbound, made);
            }
            return made;
        }
    }

    /** Makes room, if there is one of which nothing was seen for a day. */
    private boolean forgetOne() {
        Instant lately = clock.instant().minus(Duration.ofDays(1));
        return courses.entrySet().stream()
                .filter(entry -> entry.getValue().latest().isBefore(lately))
                .min(Comparator.comparing(entry -> entry.getValue().latest()))
                .map(oldest -> courses.remove(oldest.getKey()) != null)
                .orElse(false);
    }

    /** The spans of an outbound in which something happened, the oldest first. */
    public List<Span> spans(String outbound, Scale scale) {
        synchronized (courses) {
            Course course = courses.get(outbound);
            return course == null ? List.of() : course.spans(scale);
        }
    }

    /** Rises with everything that happens. */
    public long changes() {
        synchronized (courses) {
            return courses.values().stream().mapToLong(Course::changes).sum();
        }
    }

    /** Forgets the other outbounds unless something was seen of them lately: a config may bring them back. */
    void keep(Set<String> outbounds) {
        synchronized (courses) {
            courses.entrySet()
                    .removeIf(entry -> !outbounds.contains(entry.getKey())
                            && entry.getValue().isOver());
        }
    }

    /** Writes all of it. */
    public void save(DataOutput out) throws IOException {
        synchronized (courses) {
            out.writeInt(courses.size());
            for (Map.Entry<String, Course> entry : courses.entrySet()) {
                out.writeUTF(entry.getKey());
                entry.getValue().save(out);
            }
        }
    }

    /** Takes what was written. */
    public void load(DataInput in) throws IOException {
        Map<String, Course> read = new HashMap<>();
        int count = in.readInt();
        if (count < 0 || count > MOST_OUTBOUNDS) {
            throw new IOException("it is of " + count + " outbounds");
        }
        for (int i = 0; i < count; i++) {
            String name = in.readUTF();
            Course course = new Course(clock);
            course.load(in);
            read.put(name, course);
        }
        synchronized (courses) {
            read.forEach(courses::putIfAbsent);
        }
    }
}

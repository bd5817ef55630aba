package dev.fenliu.outbound;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How one outbound did over time. Thread-safe. */
final class Course {
    private static final int SAMPLES = 31;
    private static final long MOST_MILLIS = Duration.ofMinutes(10).toMillis();

    /** Below, a flow is over before its connection is at speed. */
    private static final long BULK = 1 << 20;

    /** The span that is now. */
    private static final class Current {
        private final long slot;
        private final Recent connects = new Recent(SAMPLES);
        private final Recent answers = new Recent(SAMPLES);
        private int attempts;
        private int failures;
        private long up;
        private long down;
        private long rate;

        Current(long slot) {
            this.slot = slot;
        }

        Current(long slot, History.Span before) {
            this.slot = slot;
            attempts = before.attempts();
            failures = before.failures();
            up = before.up();
            down = before.down();
            rate = before.rate();
            before.connect().ifPresent(connects::add);
            before.answer().ifPresent(answers::add);
        }
    }

    private static final class Timeline {
        private final History.Scale scale;
        private final Deque<History.Span> past = new ArrayDeque<>();
        private @Nullable Current current;

        Timeline(History.Scale scale) {
            this.scale = scale;
        }

        private History.Span frozen(Current of) {
            return new History.Span(
                    Instant.ofEpochSecond(of.slot * scale.length().toSeconds()),
                    of.attempts,
                    of.failures,
                    of.connects.median(),
                    of.answers.median(),
                    of.up,
                    of.down,
                    of.rate);
        }

        /** The span of now; a clock that was set back a little stays in the span where it was. */
        Current at(Instant now) {
            long slot = Math.floorDiv(now.getEpochSecond(), scale.length().toSeconds());
            Current known = current;
            if (known != null && slot <= known.slot && known.slot - slot < scale.most()) {
                return known;
            }
            if (known != null) {
                past.addLast(frozen(known));
            }
            expire(now);
            History.Span last = past.peekLast();
            Current made;
            if (last == null || last.start().isBefore(start(slot))) {
                made = new Current(slot);
            } else { // of before a restart in this very span, or of a clock that was ahead
                past.removeLast();
                made = new Current(
                        last.start().getEpochSecond() / scale.length().toSeconds(), last);
            }
            current = made;
            return made;
        }

        private Instant start(long slot) {
            return Instant.ofEpochSecond(slot * scale.length().toSeconds());
        }

        private void expire(Instant now) {
            Duration age = scale.length().multipliedBy(scale.most());
            Instant oldest = now.minus(age);
            Instant newest = now.plus(age);
            past.removeIf(span -> span.start().isBefore(oldest) || span.start().isAfter(newest));
            int room = scale.most() - (current == null ? 0 : 1);
            while (past.size() > room) {
                past.removeFirst();
            }
        }

        /** When the last one began; {@link Instant#MIN} if there is none. */
        Instant latest() {
            if (current != null) {
                return start(current.slot);
            }
            History.Span last = past.peekLast();
            return last == null ? Instant.MIN : last.start();
        }

        List<History.Span> all(Instant now) {
            expire(now);
            List<History.Span> all = new ArrayList<>(past);
            if (current != null) {
                all.add(frozen(current));
            }
            return all;
        }
    }

    private final InstantSource clock;
    private final Timeline fine = new Timeline(History.Scale.FINE);
    private final Timeline hours = new Timeline(History.Scale.HOURS);
    private long changes;

    Course(InstantSource clock) {
        this.clock = clock;
    }

    private synchronized void note(Consumer<Current> what) {
        changes++;
        Instant now = clock.instant();
        what.accept(fine.at(now));
        what.accept(hours.at(now));
    }

    void attempted() {
        note(span -> span.attempts++);
    }

    void failed() {
        note(span -> span.failures++);
    }

    void connected(Duration took) {
        note(span -> span.connects.add(took));
    }

    void answered(Duration took) {
        note(span -> span.answers.add(took));
    }

    /**
     * A flow has ended.
     *
     * @param time in which the bytes to the client came
     */
    void carried(long up, long down, Duration time) {
        long rate = down < BULK ? 0 : down * 1_000 / Math.max(1, time.toMillis());
        note(span -> {
            span.up += up;
            span.down += down;
            span.rate = Math.max(span.rate, rate);
        });
    }

    synchronized long changes() {
        return changes;
    }

    synchronized List<History.Span> spans(History.Scale scale) {
        return timeline(scale).all(clock.instant());
    }

    private Timeline timeline(History.Scale scale) {
        return scale == History.Scale.FINE ? fine : hours;
    }

    /** When something last happened. */
    synchronized Instant latest() {
        return hours.latest();
    }

    /** Whether nothing is left of it. */
    synchronized boolean isOver() {
        return hours.all(clock.instant()).isEmpty();
    }

    synchronized void save(DataOutput out) throws IOException {
        for (History.Scale scale : History.Scale.values()) {
            List<History.Span> spans = spans(scale);
            out.writeInt(spans.size());
            long before = 0;
            for (History.Span span : spans) {
                long slot = span.start().getEpochSecond() / scale.length().toSeconds();
                write(out, slot - before);
                before = slot;
                write(out, span.attempts());
                write(out, span.failures());
                write(out, millis(span.connect()));
                write(out, millis(span.answer()));
                write(out, span.up());
                write(out, span.down());
                write(out, span.rate());
            }
        }
    }

    synchronized void load(DataInput in) throws IOException {
        for (History.Scale scale : History.Scale.values()) {
            int count = in.readInt();
            if (count < 0 || count > scale.most() + 1) {
                throw new IOException("it has " + count + " spans");
            }
            long slot = 0;
            for (int i = 0; i < count; i++) {
                slot += read(in);
                timeline(scale)
                        .past
                        .addLast(new History.Span(
                                Instant.ofEpochSecond(slot * scale.length().toSeconds()),
                                (int) read(in),
                                (int) read(in),
                                duration(read(in)),
                                duration(read(in)),
                                read(in),
                                read(in),
                                read(in)));
            }
        }
    }

    /** One more than the milliseconds, at most ten minutes; 0 for nothing. */
    private static long millis(Optional<Duration> time) {
        return time.map(known -> Math.min(MOST_MILLIS, known.toMillis()) + 1).orElse(0L);
    }

    private static Optional<Duration> duration(long written) {
        return written == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(written - 1));
    }

    /** Seven bits a byte, the lowest first. */
    private static void write(DataOutput out, long number) throws IOException {
        long rest = number;
        while (rest >= 0x80) {
            out.writeByte((int) rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long read(DataInput in) throws IOException {
        long number = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int next = in.readUnsignedByte();
            number |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return number;
            }
        }
        throw new IOException("it has a number without end");
    }
}

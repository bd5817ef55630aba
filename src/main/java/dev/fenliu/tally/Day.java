package dev.fenliu.tally;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The traffic of a day (UTC) by name and hour. Of many names those with the most traffic are kept, the rest is counted
 * together. Not thread-safe.
 *
 * <p>On the disk a day is deflated: the number of names, and for each its UTF, the number of hours in which there was
 * something, and for each of those the hour and three variable-length numbers.
 */
final class Day {
    /** What those are counted under that there was no place for. */
    static final String OTHER = "";

    static final int HOURS = 24;

    /** How many names a day may have on the disk. */
    static final int MOST = 1000;

    private static final int LONGEST = 200;
    private static final int VARIABLE = 0x80;

    private final Map<String, Amount[]> names = new HashMap<>();

    /** @param hour 0 to 23 */
    void add(String name, int hour, Amount amount) {
        hours(name.length() > LONGEST ? name.substring(0, LONGEST) : name)[hour] =
                of(name, hour).plus(amount);
        if (names.size() > 2 * MOST) {
            fold();
        }
    }

    private Amount[] hours(String name) {
        return names.computeIfAbsent(name, fresh -> new Amount[HOURS]);
    }

    private Amount of(String name, int hour) {
        Amount[] hours = names.get(name.length() > LONGEST ? name.substring(0, LONGEST) : name);
        return hours == null || hours[hour] == null ? Amount.NONE : hours[hour];
    }

    /** Counts all but the largest together. */
    private void fold() {
        List<String> smallest = names.keySet().stream()
                .filter(name -> !name.equals(OTHER))
                .sorted(Comparator.comparingLong((String name) -> -total(name)).thenComparing(name -> name))
                .skip(MOST)
                .toList();
        for (String name : smallest) {
            Amount[] hours = names.remove(name);
            merge(OTHER, hours == null ? new Amount[HOURS] : hours);
        }
    }

    private long total(String name) {
        long total = 0;
        for (Amount hour : hours(name)) {
            total += hour == null ? 0 : hour.bytes();
        }
        return total;
    }

    private void merge(String name, Amount[] more) {
        Amount[] hours = hours(name);
        for (int hour = 0; hour < HOURS; hour++) {
            if (more[hour] != null) {
                hours[hour] = hours[hour] == null ? more[hour] : hours[hour].plus(more[hour]);
            }
        }
    }

    void merge(Day other) {
        other.names.forEach(this::merge);
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Tells what there is of every hour in which there was something. */
    void each(Visitor visitor) {
        names.forEach((name, hours) -> {
            for (int hour = 0; hour < HOURS; hour++) {
                if (hours[hour] != null) {
                    visitor.visit(name, hour, hours[hour]);
                }
            }
        });
    }

    /** Is told of hours. */
    interface Visitor {
        void visit(String name, int hour, Amount amount);
    }

    byte[] write() {
        if (names.size() > MOST) {
            fold();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater))) {
            out.writeInt(names.size());
            for (Map.Entry<String, Amount[]> entry : names.entrySet()) {
                write(entry.getKey(), entry.getValue(), out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // into memory
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static void write(String name, Amount[] hours, DataOutputStream out) throws IOException {
        int used = 0;
        for (Amount hour : hours) {
            used += hour == null ? 0 : 1;
        }
        out.writeUTF(name);
        out.writeByte(used);
        for (int hour = 0; hour < HOURS; hour++) {
            if (hours[hour] != null) {
                out.writeByte(hour);
                number(hours[hour].up(), out);
                number(hours[hour].down(), out);
                number(hours[hour].flows(), out);
            }
        }
    }

    /** @throws IOException if that is no day */
    static Day read(byte[] bytes) throws IOException {
        Day day = new Day();
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
            int count = in.readInt();
            if (count < 0 || count > 2 * MOST + 1) {
                throw new IOException("a day of " + count + " names");
            }
            for (int i = 0; i < count; i++) {
                String name = in.readUTF();
                for (int used = in.readByte(); used > 0; used--) {
                    int hour = in.readByte();
                    if (hour < 0 || hour >= HOURS) {
                        throw new IOException("a day with the hour " + hour);
                    }
                    day.add(name, hour, new Amount(number(in), number(in), number(in)));
                }
            }
        }
        return day;
    }

    private static void number(long value, DataOutputStream out) throws IOException {
        long rest = value;
        while (rest >>> 7 != 0) {
            out.writeByte((int) (rest & (VARIABLE - 1)) | VARIABLE);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long number(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = in.readByte();
            value |= (long) (next & (VARIABLE - 1)) << shift;
            if ((next & VARIABLE) == 0) {
                return value;
            }
        }
        throw new IOException("a number without an end");
    }
}

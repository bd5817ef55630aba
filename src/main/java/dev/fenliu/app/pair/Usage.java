package dev.fenliu.app.pair;

import dev.fenliu.engine.Traffic;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a user has used, as it is kept over restarts.
 *
 * @param month that {@code monthly} is of, in UTC
 * @param monthly bytes of that month, both ways together
 * @param all since the user is
 * @param seen when traffic was last counted
 */
public record Usage(YearMonth month, long monthly, Traffic all, Instant seen) {
    private static final int FIELDS = 7;

    /** What was used of the month in which {@code now} is. */
    public long of(Instant now) {
        return month.equals(monthOf(now)) ? monthly : 0;
    }

    /** The same with more. */
    static Usage plus(Optional<Usage> before, Traffic more, Instant now) {
        Traffic old = before.map(Usage::all).orElse(Traffic.NONE);
        return new Usage(
                monthOf(now),
                before.map(usage -> usage.of(now)).orElse(0L) + more.up() + more.down(),
                new Traffic(old.up() + more.up(), old.down() + more.down(), old.flows() + more.flows()),
                now);
    }

    private static YearMonth monthOf(Instant now) {
        return YearMonth.from(now.atOffset(ZoneOffset.UTC));
    }

    /** One line a user. */
    static String text(Map<String, Usage> users) {
        StringBuilder text = new StringBuilder();
        users.forEach((name, usage) -> text.append(String.join(
                        " ",
                        name,
                        usage.month.toString(),
                        Long.toString(usage.monthly),
                        Long.toString(usage.all.up()),
                        Long.toString(usage.all.down()),
                        Long.toString(usage.all.flows()),
                        usage.seen.toString()))
                .append('\n'));
        return text.toString();
    }

    /** What of the lines can be read. */
    static Map<String, Usage> parse(List<String> lines) {
        Map<String, Usage> users = new TreeMap<>();
        for (String line : lines) {
            String[] fields = line.split(" ", -1);
            try {
                if (fields.length == FIELDS) {
                    users.put(
                            fields[0],
                            new Usage(
                                    YearMonth.parse(fields[1]),
                                    Long.parseLong(fields[2]),
                                    new Traffic(
                                            Long.parseLong(fields[3]),
                                            Long.parseLong(fields[4]),
                                            Long.parseLong(fields[5])),
                                    Instant.parse(fields[6])));
                }
            } catch (java.time.DateTimeException | NumberFormatException e) {
                // counts from now on
            }
        }
        return users;
    }
}

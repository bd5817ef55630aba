package dev.fenliu.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** What stands before a log line: a priority such as {@code <6>} under journald (sd-daemon(3)), else time and level. */
public final class LogPrefix extends ClassicConverter {
    private static final boolean JOURNAL = System.getenv("JOURNAL_STREAM") != null;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneId.systemDefault());

    @Override
    public String convert(ILoggingEvent event) {
        Level level = event.getLevel();
        if (JOURNAL) {
            int priority = level.isGreaterOrEqual(Level.ERROR)
                    ? 3
                    : level.isGreaterOrEqual(Level.WARN) ? 4 : level.isGreaterOrEqual(Level.INFO) ? 6 : 7;
            return "<" + priority + ">";
        }
        return TIME.format(Instant.ofEpochMilli(event.getTimeStamp())) + " "
                + level.toString().toLowerCase(java.util.Locale.ROOT) + " ";
    }
}

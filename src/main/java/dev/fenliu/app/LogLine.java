package dev.fenliu.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * A message with what stands before it: under journald a priority such as {@code <6>} before every line, since each
 * becomes an entry of its own (sd-daemon(3)), else time and level. A stack follows where there is one.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
    private static final boolean JOURNAL = Terminal.isJournal();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneId.systemDefault());

    @Override
    public String doLayout(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        return message(event) + System.lineSeparator() + (thrown == null ? "" : ThrowableProxyUtil.asString(thrown));
    }

    private static String message(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        if (JOURNAL) {
            String priority = priority(event.getLevel());
            return priority + message.replace("\n", "\n" + priority);
        }
        return TIME.format(Instant.ofEpochMilli(event.getTimeStamp())) + " "
                + event.getLevel().toString().toLowerCase(java.util.Locale.ROOT) + " " + message;
    }

    private static String priority(Level level) {
        if (level.isGreaterOrEqual(Level.ERROR)) {
            return "<3>";
        }
        return level.isGreaterOrEqual(Level.WARN) ? "<4>" : level.isGreaterOrEqual(Level.INFO) ? "<6>" : "<7>";
    }
}

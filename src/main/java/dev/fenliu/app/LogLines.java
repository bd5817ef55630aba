package dev.fenliu.app;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.fenliu.tally.LogEntry;
import dev.fenliu.tally.Tally;
import java.time.Instant;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Gives what is written to the log, but for stacks, to those who want to see it later. */
final class LogLines extends AppenderBase<ILoggingEvent> {
    private static final int LONGEST = 2000;

    private final Tally tally;

    private LogLines(Tally tally) {
        this.tally = tally;
    }

    static LogLines into(Tally tally) {
        LogLines lines = new LogLines(tally);
        lines.setContext(root().getLoggerContext());
        lines.start();
        root().addAppender(lines);
        return lines;
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    void leave() {
        root().detachAppender(this);
        stop();
    }

    @Override
    protected void append(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        tally.log(new LogEntry(
                Instant.ofEpochMilli(event.getTimeStamp()),
                event.getLevel().toString().toLowerCase(Locale.ROOT),
                message.length() > LONGEST ? message.substring(0, LONGEST) : message));
    }
}

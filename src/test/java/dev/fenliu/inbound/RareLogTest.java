package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RareLogTest {
    private long now = Long.MAX_VALUE - 5; // nanoTime may wrap

    @Test
    void a_cause_is_logged_once_a_minute_with_what_was_left_out() {
        Logger logger = (Logger) org.slf4j.LoggerFactory.getLogger("rare");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.setAdditive(false);
        logger.addAppender(lines);
        RareLog rare = new RareLog(logger, () -> now);

        rare.warn("one");
        rare.warn("two");
        now += TimeUnit.SECONDS.toNanos(59);
        rare.warn("three");
        now += TimeUnit.SECONDS.toNanos(1);
        rare.warn("four");
        now += TimeUnit.SECONDS.toNanos(61);
        rare.warn("five {}");

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("one", "four (and 2 times since this was last logged)", "five {}");
        logger.detachAppender(lines);
    }
}

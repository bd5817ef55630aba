package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.model.Destination;
import dev.fenliu.tunnel.DirectDialer;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DoubtTest {
    private final Logger log = (Logger) LoggerFactory.getLogger(DoubtTest.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Doubt doubt = new Doubt(
            log,
            new Upstream("vps", Destination.parse("vps.example:443"), new DirectDialer(), Optional.empty()),
            () -> "why?");

    @BeforeEach
    void listen() {
        logged.start();
        log.addAppender(logged);
    }

    @AfterEach
    void leave() {
        log.detachAppender(logged);
    }

    private void unanswered(int flows) {
        for (int i = 0; i < flows; i++) {
            doubt.unanswered();
        }
    }

    @Test
    void a_server_that_never_answers_is_told_of_once() {
        unanswered(2);
        assertThat(logged.list).isEmpty();
        unanswered(50);
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("outbound \"vps\": vps.example:443 takes connections but has answered none: why?");
    }

    @Test
    void a_server_that_has_answered_is_not_doubted_any_more() {
        unanswered(2);
        doubt.proven();
        unanswered(50);
        assertThat(logged.list).isEmpty();
    }
}

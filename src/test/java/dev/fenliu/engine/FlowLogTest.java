package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class FlowLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger("flow");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final FlowLog log = new FlowLog();

    @BeforeEach
    void listen() {
        logger.setLevel(ch.qos.logback.classic.Level.INFO);
        logger.setAdditive(false);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private static FlowView outcome(String file, String path, String end) {
        Flow flow = new Flow(
                17,
                Transport.TCP,
                "in",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 50000),
                Destination.parse("chat.openai.test:443"),
                Optional.of("anna"));
        return Views.ended(flow, file, List.of(path.split("/", -1)), 517, 4096, end);
    }

    @Test
    void a_flow_is_one_line_of_fields() {
        log.on(true);
        log.closed(outcome("home.yaml", "ai/vps", "ok"), 0, 0);
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("flow id=17 net=tcp source=127.0.0.1:50000 host=chat.openai.test:443"
                        + " rule=home.yaml:12 path=ai/vps up=517 down=4096 ms=1234 end=ok");
    }

    @Test
    void the_name_that_an_address_was_taken_for_is_told() {
        Flow flow = outcome("-", "-", "-").flow().to(Destination.parse("203.0.113.7:22"));
        log.on(true);
        log.closed(Views.named(Views.ended(flow, "home.yaml", List.of("vps"), 5, 4, "ok"), "a.test"), 0, 0);
        assertThat(lines.list.get(0).getFormattedMessage())
                .contains(" host=203.0.113.7:22 name=a.test rule=home.yaml:12 ");
    }

    @Test
    void who_debugs_is_told_what_the_time_was_spent_with() {
        logger.setLevel(ch.qos.logback.classic.Level.DEBUG);
        log.on(true);
        log.closed(outcome("home.yaml", "ai/vps", "ok"), 0, 0);
        assertThat(lines.list.get(0).getFormattedMessage())
                .endsWith(" ms=1234 end=ok by=client queue=1.5 dns=- connect=20.0 opened=3.3 first=150.0");
    }

    @Test
    void words_with_blanks_are_quoted() {
        log.on(true);
        log.closed(outcome("built-in rules", "direct", "reset by the client"), 0, 0);
        assertThat(lines.list.get(0).getFormattedMessage())
                .contains(" rule=\"built-in rules:12\" ", " end=\"reset by the client\"");
    }

    @Test
    void nothing_is_written_until_it_is_asked_for() {
        log.closed(outcome("home.yaml", "direct", "ok"), 0, 0);
        log.on(true);
        log.on(false);
        log.closed(outcome("home.yaml", "direct", "ok"), 0, 0);
        assertThat(lines.list).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "ok, ok",
                "``, `\"\"`",
                "a b, \"a b\"",
                "a=b, \"a=b\"",
                "`say \"hi\"`, `\"say \\\"hi\\\"\"`",
                "back\\slash, `\"back\\\\slash\"`",
                "分流, \"分流\""
            })
    void quoting(String text, String written) {
        assertThat(FlowLog.quoted(text)).isEqualTo(written);
    }

    @Test
    void no_control_character_reaches_a_terminal() {
        assertThat(FlowLog.quoted("a\nend=ok\u001b[2J\u007f\u009b")).isEqualTo("\"a\\x0aend=ok\\x1b[2J\\x7f\\x9b\"");
    }

    @Test
    void long_texts_are_cut() {
        assertThat(FlowLog.quoted("x".repeat(10_000))).hasSize(256);
    }
}

package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.fenliu.engine.Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger flows = (Logger) LoggerFactory.getLogger("flow");
    private final Level before = root.getLevel();
    private final Level flowsBefore = flows.getLevel();

    @AfterEach
    void restore() {
        root.setLevel(before);
        flows.setLevel(flowsBefore);
    }

    @Test
    void flows_are_written_at_every_level_and_say_more_at_debug() {
        for (Config.Level level : Config.Level.values()) {
            Logging.apply(new Config.LogOptions(level, Config.Flows.ON));
            assertThat(root.getLevel()).hasToString(level.name());
            assertThat(flows.isInfoEnabled()).isTrue();
            assertThat(flows.isDebugEnabled()).isEqualTo(level == Config.Level.DEBUG);
        }
    }
}

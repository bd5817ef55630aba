package dev.fenliu.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.fenliu.engine.Config;
import org.slf4j.LoggerFactory;

/** How much is written, and whether flows are. */
final class Logging {
    private Logging() {}

    static void apply(Config.LogOptions options) {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(
                switch (options.level()) {
                    case ERROR -> Level.ERROR;
                    case WARN -> Level.WARN;
                    case INFO -> Level.INFO;
                    case DEBUG -> Level.DEBUG;
                });
        // They have a switch of their own; only that they say more goes by the level.
        Logger flows = (Logger) LoggerFactory.getLogger("flow");
        flows.setLevel(root.getLevel() == Level.DEBUG ? Level.DEBUG : Level.INFO);
    }

    /** Whether there is a line a flow: a journal or a file gets none unless the user asks. */
    static boolean showsFlows(Config.LogOptions options) {
        return switch (options.flows()) {
            case ON -> true;
            case OFF -> false;
            case AUTO -> Terminal.isInteractive();
        };
    }
}

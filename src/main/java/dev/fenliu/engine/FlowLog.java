package dev.fenliu.engine;

import dev.fenliu.net.Sockets;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one logfmt line a flow when it has ended, while it is switched on; at debug with what its time was spent with, in
 * milliseconds. Safe for concurrent use.
 */
public final class FlowLog implements FlowListener {
    private static final Logger LOG = LoggerFactory.getLogger("flow");

    private volatile boolean on;

    /** Flows that end from now on are written, or not. */
    public void on(boolean wanted) {
        on = wanted;
    }

    @Override
    public void closed(FlowView outcome, long up, long down) {
        if (!on) {
            return;
        }
        LOG.info(
                "flow id={} net={} source={} host={}{} rule={} path={} up={} down={} ms={} end={}{}",
                outcome.flow().id(),
                outcome.flow().transport(),
                Sockets.text(outcome.flow().source()),
                outcome.flow().destination(),
                outcome.name()
                        .filter(name ->
                                !name.equals(outcome.flow().destination().host()))
                        .map(name -> " name=" + name)
                        .orElse(""),
                quoted(outcome.place()),
                quoted(outcome.way()),
                outcome.up(),
                outcome.down(),
                outcome.time().toMillis(),
                quoted(outcome.ending()),
                LOG.isDebugEnabled() ? details(outcome) : "");
    }

    private static String details(FlowView outcome) {
        FlowView.Timing timing = outcome.timing();
        String by = outcome.end()
                .map(end -> end.by().name().toLowerCase(Locale.ROOT))
                .orElse("-");
        return " by=" + by + " queue=" + millis(timing.queue()) + " dns=" + millis(timing.dns()) + " connect="
                + millis(timing.connect()) + " opened=" + millis(timing.opened()) + " first="
                + millis(timing.firstByte());
    }

    private static String millis(long nanos) {
        return nanos == FlowView.Timing.UNKNOWN ? "-" : String.valueOf(Math.round(nanos / 1e5) / 10.0);
    }

    /** One word as it is; anything else in quotes, at most 256 characters; control characters are escaped. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        boolean plain = !text.isEmpty();
        for (int i = 0; i < Math.min(text.length(), 256); i++) {
            char c = text.charAt(i);
            plain &= c > ' ' && c != '"' && c != '=' && c != '\\' && c < 0x7f;
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isISOControl(c)) {
                out.append(String.format("\\x%02x", (int) c));
            } else {
                out.append(c);
            }
        }
        return plain ? out.toString() : out.insert(0, '"').append('"').toString();
    }
}

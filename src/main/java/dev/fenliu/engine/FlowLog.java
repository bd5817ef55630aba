package dev.fenliu.engine;

import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one logfmt line a flow when it has ended. */
public final class FlowLog implements FlowListener {
    private static final Logger LOG = LoggerFactory.getLogger("flow");

    private final BooleanSupplier wanted;

    /** @param wanted whether lines are written now; asked on the flows' event loops */
    public FlowLog(BooleanSupplier wanted) {
        this.wanted = wanted;
    }

    @Override
    public void closed(Outcome outcome) {
        if (!wanted.getAsBoolean()) {
            return;
        }
        LOG.info(
                "flow id={} net={} source={} host={} rule={} path={} up={} down={} ms={} end={}",
                outcome.flow().id(),
                outcome.flow().transport(),
                dev.fenliu.net.Sockets.text(outcome.flow().source()),
                outcome.flow().destination(),
                outcome.place(),
                outcome.path(),
                outcome.up(),
                outcome.down(),
                outcome.time().toMillis(),
                quoted(outcome.end()));
    }

    /** One word as it is; anything else in quotes, control characters escaped, at most 256 characters. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        boolean plain = !text.isEmpty();
        for (int i = 0; i < Math.min(text.length(), 256); i++) {
            char c = text.charAt(i);
            plain &= c > ' ' && c != '"' && c != '=' && c < 0x7f;
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                out.append(String.format("\\x%02x", (int) c));
            } else {
                out.append(c);
            }
        }
        return plain ? out.toString() : out.insert(0, '"').append('"').toString();
    }
}

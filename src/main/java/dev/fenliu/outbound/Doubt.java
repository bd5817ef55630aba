package dev.fenliu.outbound;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Whether a server knows what we show it, where the protocol gives strangers no answer at all. Says so once in the log, when
 * some flows ended unanswered and none was answered yet. Safe for concurrent use.
 */
public final class Doubt {
    /** One or two may have met a silent origin, or a client that gave up. */
    private static final int ENOUGH = 3;

    private final Logger log;
    private final Upstream upstream;
    private final Supplier<String> question;
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile boolean proven;

    /** @param question what may be wrong */
    public Doubt(Logger log, Upstream upstream, Supplier<String> question) {
        this.log = log;
        this.upstream = upstream;
        this.question = question;
    }

    /** The server has answered: it knows us. */
    public void proven() {
        if (!proven) { // of all flows, the first alone writes
            proven = true;
        }
    }

    /** A flow ended before the server had answered. */
    public void unanswered() {
        if (!proven && unanswered.incrementAndGet() == ENOUGH) {
            log.warn(
                    "outbound \"{}\": {} takes connections but has answered none: {}",
                    upstream.outbound(),
                    upstream.server(),
                    question.get());
        }
    }
}

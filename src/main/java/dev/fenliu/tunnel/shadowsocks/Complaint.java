package dev.fenliu.tunnel.shadowsocks;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One kind of trouble, logged at once and then at most once a minute with a count. Safe for concurrent use. */
final class Complaint {
    private static final Logger LOG = LoggerFactory.getLogger("dev.fenliu.tunnel.shadowsocks");
    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    private final Level level;
    private long last;
    private long times;

    Complaint(Level level) {
        this.level = level;
    }

    /** It has happened. */
    synchronized void raise(String text) {
        long now = System.nanoTime();
        times++;
        if (times == 1 || now - last >= PAUSE) {
            last = now;
            LOG.atLevel(level).log("{} ({} so far)", text, times);
        }
    }

    /** How often it has happened. */
    synchronized long times() {
        return times;
    }
}

package dev.fenliu.engine;

import dev.fenliu.net.Dial;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When what happened to a flow. Written on the flow's event loop alone; other threads may see an earlier state. */
final class FlowTimes implements Dial.Steps {
    private static final long NEVER = Long.MIN_VALUE;

    private final Engine engine;
    private final Instant start;
    private final long started;
    private final long queue;
    private long dialled = NEVER;
    private long resolved = NEVER;
    private long connected = NEVER;
    private long opened = NEVER;
    private long asked = NEVER;
    private long answered = NEVER;
    private long ended = NEVER;
    private @Nullable SocketAddress hop;

    /** @param queue see {@link FlowView.Timing} */
    FlowTimes(Engine engine, long queue) {
        this.engine = engine;
        this.start = engine.now();
        this.started = engine.nanos();
        this.queue = queue;
    }

    Instant start() {
        return start;
    }

    void dialled() {
        dialled = engine.nanos();
        resolved = NEVER;
        connected = NEVER;
        hop = null;
    }

    @Override
    public void resolved() {
        if (opened == NEVER) {
            resolved = engine.nanos();
        }
    }

    @Override
    public void connected(SocketAddress address) {
        if (opened == NEVER) { // what lost a race comes too late
            connected = engine.nanos();
            hop = address;
        }
    }

    void opened() {
        opened = engine.nanos();
    }

    void asked() {
        asked = engine.nanos();
    }

    void answered() {
        answered = engine.nanos();
    }

    void ended() {
        ended = engine.nanos();
    }

    Optional<SocketAddress> hop() {
        return Optional.ofNullable(hop);
    }

    FlowView.Timing timing() {
        long known = resolved == NEVER ? dialled : resolved;
        return new FlowView.Timing(
                queue,
                between(dialled, resolved),
                between(known, connected),
                between(connected == NEVER ? known : connected, opened),
                between(asked == NEVER ? opened : asked, answered),
                (ended == NEVER ? engine.nanos() : ended) - started);
    }

    private static long between(long from, long to) {
        return from == NEVER || to == NEVER ? FlowView.Timing.UNKNOWN : Math.max(0, to - from);
    }
}

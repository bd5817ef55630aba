package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tells new streams of Shadowsocks 2022 from replays: by their dates, and within what dates allow by their salts, which
 * are kept for a minute at least (SIP022 3.1.4). Salts are compared by their first 8 bytes, as in {@link SaltFilter}.
 * When {@value #MOST} streams have come within a minute, more are refused rather than any forgotten. What was sent before
 * the window was opened is refused too as long as its date could be good, as nobody remembers whether it has been here: a
 * restart or a reload lets no replay through. Safe for concurrent use.
 */
final class ReplayWindow {
    static final int MOST = 1 << 18;

    /** A message whose date is ahead as far as it may be is good for so long, and for the rest of a second. */
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(2 * Clocks.MAX_SECONDS_OFF + 2);

    private final Clocks clocks;
    private final long opened;
    private final long openedNanos;
    private Set<Long> current = new HashSet<>();
    private Set<Long> previous = Set.of();
    private long turned;

    ReplayWindow(Clocks clocks) {
        this.clocks = clocks;
        this.opened = clocks.seconds();
        this.openedNanos = clocks.nanos().getAsLong();
        this.turned = openedNanos;
    }

    /**
     * Checks that a message with a good date was sent since the window was opened.
     *
     * @throws Failure if it was not; but not for long, or a clock that is set back would shut everybody out
     */
    void checkOpened(long timestamp) throws Failure {
        if (timestamp < opened && clocks.nanos().getAsLong() - openedNanos < PERIOD) {
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL, "it was sent before this listener was opened, and may be a replay");
        }
    }

    /**
     * Admits a request that has proved authentic.
     *
     * @throws Failure if it is a replay, or may be one
     */
    void admit(long timestamp, byte[] salt) throws Failure {
        clocks.check(timestamp, ", unless this is a replay");
        checkOpened(timestamp);
        admit(salt);
    }

    /**
     * Admits a message whose date was checked.
     *
     * @throws Failure if it is a replay, or may be one
     */
    synchronized void admit(byte[] salt) throws Failure {
        long now = clocks.nanos().getAsLong();
        if (now - turned >= PERIOD) {
            previous = now - turned < 2 * PERIOD ? current : Set.of();
            current = new HashSet<>();
            turned = now;
        }
        long id = ByteBuffer.wrap(salt).getLong();
        if (current.size() == MOST) {
            throw new Failure(Failure.Kind.OVERLOADED, "too many streams within a minute to tell replays");
        }
        if (previous.contains(id) || !current.add(id)) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a replay of an earlier stream");
        }
    }
}

package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells new streams of Shadowsocks 2022 from replays: by their dates, and within what dates allow by their salts, which
 * are kept for a minute at least (SIP022 3.1.4). Salts are compared by their first 8 bytes, as in {@link SaltFilter}.
 * When {@value #MOST} streams have come within a minute, more are refused rather than any forgotten. What was sent before
 * the window was opened is refused too, as nobody remembers whether it has been here: a restart or a reload lets no
 * replay through. Safe for concurrent use.
 */
final class ReplayWindow {
    static final int MOST = 1 << 18;

    private static final long PERIOD = 60_000_000_000L;

    private final Clocks clocks;
    private final long opened;
    private Set<Long> current = new HashSet<>();
    private Set<Long> previous = Set.of();
    private long turned;

    ReplayWindow(Clocks clocks) {
        this.clocks = clocks;
        this.opened = clocks.seconds();
        this.turned = clocks.nanos().getAsLong();
    }

    /** The date of the first messages that can be told from replays, in seconds since 1970. */
    long opened() {
        return opened;
    }

    /**
     * Admits a request that has proved authentic.
     *
     * @throws Failure if it is a replay, or may be one
     */
    void admit(long timestamp, byte[] salt) throws Failure {
        clocks.check(timestamp, ", unless this is a replay");
        if (timestamp < opened) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a stream from before this listener was opened");
        }
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

package dev.fenliu.tunnel.shadowsocks;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Remembers salts, so that a recorded stream or datagram is not served again (SIP004 leaves this to the
 * implementation). Exact, without false alarms to speak of: the first 8 bytes of a random salt stand for it. Two
 * generations of 65,536 salts: one that was seen is known until at least 65,536 others have followed; there is no limit
 * of time, and the memory ends with the process. Safe for concurrent use.
 */
final class SaltFilter {
    static final int GENERATION = 1 << 16;

    private Set<Long> current = new HashSet<>();
    private Set<Long> previous = Set.of();

    /**
     * Notes a salt: of our own, so that what we sealed cannot be sent back to us, or one that has just proved authentic.
     *
     * @return false if it was noted before
     */
    synchronized boolean admit(byte[] salt) {
        long id = ByteBuffer.wrap(salt).getLong();
        if (previous.contains(id) || !current.add(id)) {
            return false;
        }
        if (current.size() == GENERATION) {
            previous = current;
            current = new HashSet<>();
        }
        return true;
    }
}

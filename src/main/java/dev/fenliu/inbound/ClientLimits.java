package dev.fenliu.inbound;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many clients are served at once: in all, so that file descriptors and memory are left for those that are here, and
 * from one source. A machine that knows of no proxy has all its connections here, many of them idle: through a gateway it
 * may have half of all. Loopback sources count only towards the total. One for all listeners of the process; thread-safe.
 */
public final class ClientLimits {
    private static final int MOST = 8192;
    private static final int FROM_ONE_SOURCE = 256;
    private static final int RESERVED = 64;

    /** Fewer cannot be what fills the memory. */
    private static final int CROWD = 256;

    /** Connections that a source has by its own choice, and those that a gateway takes of it, are counted apart. */
    private record Source(InetAddress address, boolean routed) {}

    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+([0-9]{1,9})\\s");

    private final int most;
    private final int fromOneSource;
    private final AtomicInteger clients = new AtomicInteger();
    private final Map<Source, Integer> bySource = new ConcurrentHashMap<>();

    ClientLimits(int most, int fromOneSource) {
        this.most = most;
        this.fromOneSource = fromOneSource;
    }

    /** The limits that fit the open files this process may have: half of them less a reserve, at most 8192 clients. */
    public static ClientLimits ofThisProcess() {
        String limits;
        try {
            limits = Files.readString(Path.of("/proc/self/limits"));
        } catch (IOException e) {
            limits = ""; // not Linux
        }
        return new ClientLimits(most(limits), FROM_ONE_SOURCE);
    }

    /** What the text of /proc/self/limits allows; no or an unlimited number of files means the most there is. */
    static int most(String limits) {
        Matcher files = OPEN_FILES.matcher(limits);
        return files.find() ? Math.max(1, Math.min(MOST, Integer.parseInt(files.group(1)) / 2 - RESERVED)) : MOST;
    }

    /** Counts a client in, unless one limit is reached; each true needs one {@link #leave}. */
    boolean enter(InetAddress address, Access access) {
        int count = clients.incrementAndGet();
        if (count > most || count > CROWD && !Headroom.isThere()) {
            clients.decrementAndGet();
            return false;
        }
        if (address.isLoopbackAddress()) {
            return true;
        }
        Source source = new Source(address, access == Access.ROUTED);
        if (bySource.merge(source, 1, Integer::sum)
                > (source.routed ? Math.max(fromOneSource, most / 2) : fromOneSource)) {
            leave(address, access);
            return false;
        }
        return true;
    }

    void leave(InetAddress address, Access access) {
        clients.decrementAndGet();
        bySource.computeIfPresent(
                new Source(address, access == Access.ROUTED), (same, count) -> count == 1 ? null : count - 1);
    }

    /** Clients being served now. */
    public int clients() {
        return clients.get();
    }
}

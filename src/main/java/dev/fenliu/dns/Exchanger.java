package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.util.concurrent.Future;

/** A transport to one upstream. Confined to the event loop that it was made with; {@link #close} may come from anywhere. */
interface Exchanger {
    /**
     * Sends {@code query}.
     *
     * @param edns the OPT record to send
     * @param millis how long to wait
     * @return a message whose id, QR bit and question are right, and which is whole (no TC); a failed future holds a
     *     {@link Failure} whose text continues "NAME: "
     */
    Future<byte[]> exchange(Query query, Edns edns, long millis);

    /** The failure of an exchange that was not answered in the time it had. */
    static Failure late(long millis) {
        return new Failure(Failure.Kind.RESOLVER_TIMEOUT, "no answer in " + millis + " ms");
    }

    /** Closes its sockets; exchanges under way fail. */
    void close();
}

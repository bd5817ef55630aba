package dev.fenliu.outbound;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dialer;
import java.util.Set;

/** A named way out: direct, a tunnel, or a group of others. Safe for concurrent use. */
public interface Outbound extends Dialer {
    /** The name that the config gives it. */
    String name();

    /** What it can carry. A flow of another transport is refused before anything is dialled. */
    Set<Transport> transports();

    /** Releases what the outbound holds once no new flow will come; running flows end on their own. */
    default void close() {}
}

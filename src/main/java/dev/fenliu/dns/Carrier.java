package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.util.concurrent.Future;

/** One open connection that carries queries to an upstream, many at a time. Confined to the channel's event loop. */
interface Carrier {
    /** Why an exchange fails whose connection ended before the answer; it may be asked again on another. */
    Failure LOST = new Failure(Failure.Kind.RESOLVER_FAILED, "the connection ended before the answer");

    /** Sends the query; a failed future holds {@link #LOST} or what the upstream did. */
    Future<byte[]> ask(Query query, Edns edns);

    /** Whether the other side takes no more queries on it. */
    boolean spent();

    /** Ends the connection; what is under way fails with {@link #LOST}. */
    void close();
}

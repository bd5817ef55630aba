package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.List;

/** One query under way over UDP, as {@link UdpExchanger} and {@link UdpSocket} see it. Confined to their event loop. */
final class UdpExchange {
    final Query query;
    final Edns edns;
    final byte[] spelling;
    final Promise<byte[]> answer;
    final long deadline;
    final List<Future<?>> timers = new ArrayList<>(3);

    /** Drawn when it is sent; negative before. */
    private int id = -1;

    /** @param deadline by the ticker of the event loop */
    UdpExchange(Query query, Edns edns, byte[] spelling, Promise<byte[]> answer, long deadline) {
        this.query = query;
        this.edns = edns;
        this.spelling = spelling;
        this.answer = answer;
        this.deadline = deadline;
    }

    boolean started() {
        return id >= 0;
    }

    int id() {
        return id;
    }

    void start(int drawn) {
        id = drawn;
    }

    byte[] datagram() {
        return query.encode(id, spelling, edns, false);
    }

    void fail(String why) {
        answer.tryFailure(new Failure(Failure.Kind.RESOLVER_FAILED, why));
    }
}

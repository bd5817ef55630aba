package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.List;

/** A transport whose answers a test gives by hand. */
final class FakeExchanger implements Exchanger {
    record Asked(Query query, Edns edns, long millis, Promise<byte[]> promise) {
        byte[] message() {
            return query.encode(0, query.nameBytes(), edns, false);
        }

        void answer(int rcode, String... records) {
            promise.trySuccess(Replies.to(message(), rcode, records));
        }

        void fail(String why) {
            promise.tryFailure(new Failure(Failure.Kind.RESOLVER_FAILED, why));
        }
    }

    final List<Asked> asked = new ArrayList<>();
    private final EventLoop loop;
    boolean closed;

    FakeExchanger(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public Future<byte[]> exchange(Query query, Edns edns, long millis) {
        Asked one = new Asked(query, edns, millis, loop.newPromise());
        asked.add(one);
        return one.promise();
    }

    Asked last() {
        return asked.get(asked.size() - 1);
    }

    @Override
    public void close() {
        closed = true;
    }
}

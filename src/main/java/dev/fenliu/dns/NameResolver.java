package dev.fenliu.dns;

import dev.fenliu.net.Resolver;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/** A resolver that also answers whole queries of DNS clients, of any type. */
@FunctionalInterface
public interface NameResolver extends Resolver {
    /** The answer as a message; its future completes on {@code loop} and never fails. Without names: SERVFAIL. */
    default Future<byte[]> answer(Request request, EventLoop loop) {
        return loop.newSucceededFuture(request.reply(Request.SERVFAIL, null));
    }

    /**
     * The same with addresses of {@code fakes} where the name has no fixed ones, which nobody is asked for, and without
     * hints at real ones.
     */
    default Future<byte[]> answer(Request request, FakeAnswers fakes, EventLoop loop) {
        return answer(request, loop);
    }
}

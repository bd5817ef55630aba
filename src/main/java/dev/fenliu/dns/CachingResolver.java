package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds addresses: hosts first, then A and AAAA at once through the cache. Never the resolver of the JDK. Thread-safe;
 * futures complete on the caller's loop.
 */
final class CachingResolver implements NameResolver {
    private final HostsTable hosts;
    private final Lookups lookups;
    private final boolean ipv6;

    /** @param ipv6 whether IPv6 addresses are asked for; those of the hosts are used as they are written */
    CachingResolver(HostsTable hosts, Lookups lookups, boolean ipv6) {
        this.hosts = hosts;
        this.lookups = lookups;
        this.ipv6 = ipv6;
    }

    @Override
    public Future<List<InetAddress>> resolve(Host.Name name, EventLoop loop) {
        return find(name, loop, query -> lookups.ask(query, loop));
    }

    @Override
    public Future<List<InetAddress>> resolveAnew(Host.Name name, EventLoop loop) {
        return find(name, loop, query -> lookups.askAnew(query, loop));
    }

    @Override
    public Future<byte[]> answer(Request request, EventLoop loop) {
        return find(request, null, loop);
    }

    @Override
    public Future<byte[]> answer(Request request, FakeAnswers fakes, EventLoop loop) {
        return find(request, fakes, loop);
    }

    private Future<byte[]> find(Request request, @Nullable FakeAnswers fakes, EventLoop loop) {
        Query query = request.query();
        Answer known = hosts.answer(query, lookups.now());
        if (known != null) {
            tell(request, Trail.Source.HOSTS);
            return loop.newSucceededFuture(request.reply(known, lookups.now(), null));
        }
        if (query.type() == Query.AAAA && !ipv6) {
            tell(request, Trail.Source.NO_IPV6);
            return loop.newSucceededFuture(request.reply(Query.NOERROR, null));
        }
        if (!lookups.mayAsk(query)) {
            tell(request, Trail.Source.NOBODY);
            return loop.newSucceededFuture(request.reply(
                    Query.NXDOMAIN,
                    new ExtendedError(
                            ExtendedError.OTHER,
                            "a name of the local network, which no resolver of this network is asked for")));
        }
        if (fakes != null && (query.type() == Query.A || query.type() == Query.AAAA)) {
            tell(request, Trail.Source.FAKE);
            return loop.newSucceededFuture(request.fake(fakes));
        }
        Promise<byte[]> reply = loop.newPromise();
        long asked = request.watcher() == null ? 0 : lookups.now();
        lookups.ask(query, loop).addListener((Future<Answer> found) -> {
            tell(request, found, asked);
            if (found.isSuccess()) {
                Answer answer = fakes == null ? found.getNow() : found.getNow().withoutHints();
                reply.setSuccess(request.reply(answer, lookups.now(), remark(answer)));
            } else {
                reply.setSuccess(request.reply(Request.SERVFAIL, remark(Failure.of(found.cause()))));
            }
        });
        return reply;
    }

    private static void tell(Request request, Trail.Source source) {
        Consumer<Trail> watcher = request.watcher();
        if (watcher != null) {
            watcher.accept(Trail.local(source));
        }
    }

    /** @param asked when, in nanoseconds of the clock: what arrived before that was kept */
    private void tell(Request request, Future<Answer> found, long asked) {
        Consumer<Trail> watcher = request.watcher();
        if (watcher == null) {
            return;
        }
        if (!found.isSuccess()) {
            watcher.accept(new Trail(Trail.Source.FAILED, lookups.name(), Optional.empty(), Duration.ZERO));
            return;
        }
        Answer answer = found.getNow();
        long now = lookups.now();
        boolean kept = answer.age(asked).toNanos() > 0;
        Trail.Source source =
                !kept ? Trail.Source.UPSTREAM : answer.expiredSince(now) < 0 ? Trail.Source.CACHE : Trail.Source.STALE;
        watcher.accept(new Trail(
                source, lookups.name(), Optional.ofNullable(answer.server()), kept ? answer.age(now) : Duration.ZERO));
    }

    private @Nullable ExtendedError remark(Answer answer) {
        String withheld = answer.withheld();
        if (withheld != null) {
            return new ExtendedError(ExtendedError.FILTERED, withheld);
        }
        return answer.expiredSince(lookups.now()) < 0
                ? null
                : new ExtendedError(ExtendedError.STALE, "expired; a new answer is being fetched");
    }

    private static ExtendedError remark(Failure failure) {
        int code = failure.kind() == Failure.Kind.RESOLVER_TIMEOUT
                ? ExtendedError.NO_REACHABLE_AUTHORITY
                : ExtendedError.NETWORK_ERROR;
        return new ExtendedError(code, failure.text());
    }

    private Future<List<InetAddress>> find(Host.Name name, EventLoop loop, Function<Query, Future<Answer>> ask) {
        List<InetAddress> fixed = hosts.find(name);
        return fixed == null ? AddressLookup.start(name, ask, ipv6, loop) : loop.newSucceededFuture(fixed);
    }
}

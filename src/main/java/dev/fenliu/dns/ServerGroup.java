package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Upstreams that stand in for each other. The best is asked; when it is slower than usual a second one too, when it
 * fails the next one at once. Never more than two at a time: public resolvers throttle who asks them all. Confined to
 * one event loop.
 */
final class ServerGroup {
    /** Longer than any user waits for a name. */
    static final long BUDGET_MILLIS = 4_000;

    private final String name;
    private final List<Server> servers;
    private final EventLoop loop;
    private final String way;
    private UpstreamCounts counts = new UpstreamCounts();

    ServerGroup(String way, List<Server> servers, EventLoop loop) {
        String names = servers.stream().map(Server::name).collect(Collectors.joining(", then "));
        this.name = way + (names.isEmpty() ? "no resolver" : names);
        this.servers = List.copyOf(servers);
        this.loop = loop;
        this.way = way;
    }

    /** Says where to count how they do. */
    void count(UpstreamCounts where) {
        counts = where;
    }

    /** Its upstreams in words, which also tell groups apart. */
    String name() {
        return name;
    }

    /** Whether there is an upstream that may hear such a name, as {@link #fetch} says. */
    boolean mayAsk(boolean localOnly) {
        return !localOnly || servers.stream().anyMatch(server -> server.traits().local());
    }

    /**
     * Asks for at most {@value #BUDGET_MILLIS} ms.
     *
     * @param localOnly whether the name is one of this network, which no public resolver should hear
     * @return the first answer, NXDOMAIN included; a failed future holds a {@link Failure} that says what each did
     */
    Future<Answer> fetch(Query query, boolean localOnly) {
        List<Server> order = new ArrayList<>(servers);
        order.removeIf(server -> localOnly && !server.traits().local());
        order.sort(Comparator.comparingDouble(Server::rank));
        Race race = new Race(query, order);
        race.next();
        return race.result;
    }

    void close() {
        servers.forEach(Server::close);
    }

    /** One look-up. */
    private final class Race {
        private final Query query;
        private final Queue<Server> waiting;
        private final Promise<Answer> result = loop.newPromise();
        private final List<Failure> failures = new ArrayList<>();
        private final long start = loop.ticker().nanoTime();
        private int running;

        Race(Query query, List<Server> order) {
            this.query = query;
            this.waiting = new ArrayDeque<>(order);
        }

        void next() {
            long left =
                    BUDGET_MILLIS - TimeUnit.NANOSECONDS.toMillis(loop.ticker().nanoTime() - start);
            Server server = left <= 0 ? null : waiting.poll();
            if (server == null) {
                failIfDone();
                return;
            }
            running++;
            Future<?> hedge = loop.schedule(this::hedge, server.hedgeMillis(), TimeUnit.MILLISECONDS);
            long asked = loop.ticker().nanoTime();
            server.ask(query, left).addListener((Future<Answer> answer) -> {
                running--;
                counts.add(
                        way + server.name(), answer.isSuccess(), loop.ticker().nanoTime() - asked);
                hedge.cancel(false);
                if (answer.isSuccess()) {
                    result.trySuccess(answer.getNow());
                } else if (!result.isDone()) {
                    failures.add(Failure.of(answer.cause()));
                    next();
                }
            });
        }

        /** A second chance beside a slow server; the last resort is not for those who are merely slow. */
        private void hedge() {
            Server second = waiting.peek();
            if (running == 1 && second != null && !second.traits().lastResort() && !result.isDone()) {
                next();
            }
        }

        private void failIfDone() {
            if (running > 0) {
                return;
            }
            boolean late = !failures.isEmpty()
                    && failures.stream().allMatch(failure -> failure.kind() == Failure.Kind.RESOLVER_TIMEOUT);
            String why = failures.isEmpty()
                    ? "there is no resolver to ask"
                    : failures.stream().map(Failure::text).collect(Collectors.joining("; "));
            result.tryFailure(new Failure(
                    late ? Failure.Kind.RESOLVER_TIMEOUT : Failure.Kind.RESOLVER_FAILED,
                    query.host() + " could not be looked up: " + why));
        }
    }
}

package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.xbill.DNS.Rcode;

/**
 * An upstream in use: its transport, how fast it answers, and whether it is resting after failures. Confined to the
 * event loop of its exchanger.
 */
final class Server {
    /** How long one upstream may take; leaves time for another within the budget of a look-up. */
    static final long TIMEOUT_MILLIS = 2_000;

    private static final long FIRST_HEDGE_MILLIS = 150;
    private static final long MIN_HEDGE_MILLIS = 100;
    private static final long MAX_HEDGE_MILLIS = 800;
    private static final long FIRST_REST_SECONDS = 1;
    private static final long LAST_REST_SECONDS = 30;

    private final String name;
    private final Exchanger exchanger;
    private final Traits traits;
    private final EventLoop loop;
    private final LongSupplier clock;
    private final RebindingGuard guard;
    private double mean = Double.NaN;
    private double deviation;
    private long restUntil;
    private long restSeconds;
    private boolean edns = true;

    /**
     * What is known of an upstream beforehand.
     *
     * @param lastResort asked only when no other is left
     * @param local whether it may know the names of this network
     * @param edns what it is told beyond the question, unless it knows no EDNS
     */
    record Traits(boolean lastResort, boolean local, Edns edns) {}

    /** @param clock monotonic nanoseconds */
    Server(String name, Exchanger exchanger, Traits traits, EventLoop loop, LongSupplier clock, RebindingGuard guard) {
        this.name = name;
        this.exchanger = exchanger;
        this.traits = traits;
        this.loop = loop;
        this.clock = clock;
        this.guard = guard;
        this.restUntil = clock.getAsLong();
    }

    String name() {
        return name;
    }

    Traits traits() {
        return traits;
    }

    /** Sorts servers: the rested before the resting, the fast before the slow, the unknown in their own order. */
    double rank() {
        double speed = Double.isNaN(mean) ? 1e6 : mean;
        return (traits.lastResort() ? 1e9 : 0) + (clock.getAsLong() - restUntil < 0 ? 1e8 : 0) + speed;
    }

    /** When to stop hoping that it alone will answer: about the 95th percentile of its times. */
    long hedgeMillis() {
        return Double.isNaN(mean)
                ? FIRST_HEDGE_MILLIS
                : Math.round(Math.max(MIN_HEDGE_MILLIS, Math.min(MAX_HEDGE_MILLIS, mean + 2 * deviation)));
    }

    /** Asks; a failed future holds a {@link Failure} whose text begins with the name of the server. */
    Future<Answer> ask(Query query, long millis) {
        Promise<Answer> result = loop.newPromise();
        ask(query, edns, Math.min(millis, TIMEOUT_MILLIS), result);
        return result;
    }

    private void ask(Query query, boolean withEdns, long millis, Promise<Answer> result) {
        long start = clock.getAsLong();
        exchanger
                .exchange(query, withEdns ? traits.edns() : Edns.NONE, millis)
                .addListener((Future<byte[]> message) -> {
                    if (!message.isSuccess()) {
                        rest();
                        fail(result, Failure.of(message.cause()));
                        return;
                    }
                    int rcode = Query.rcode(message.getNow());
                    if (rcode == Query.FORMERR && withEdns && !query.dnssecOk()) {
                        long spent = TimeUnit.NANOSECONDS.toMillis(clock.getAsLong() - start);
                        ask(
                                query,
                                false,
                                Math.max(1, millis - spent),
                                result); // RFC 6891 section 7: it may know no EDNS
                    } else if (rcode != Query.NOERROR && rcode != Query.NXDOMAIN) {
                        fail(result, new Failure(Failure.Kind.RESOLVER_FAILED, "answered " + Rcode.string(rcode)));
                    } else {
                        edns = withEdns;
                        measured(TimeUnit.NANOSECONDS.toMicros(clock.getAsLong() - start) / 1000.0);
                        read(query, message.getNow(), result);
                    }
                });
    }

    private void read(Query query, byte[] message, Promise<Answer> result) {
        try {
            Answer answer = AnswerReader.read(query, message, clock.getAsLong()).from(name);
            result.trySuccess(traits.local() ? answer : guard.check(query, answer));
        } catch (MalformedMessage e) {
            fail(result, new Failure(Failure.Kind.RESOLVER_FAILED, String.valueOf(e.getMessage())));
        }
    }

    private void fail(Promise<Answer> result, Failure why) {
        boolean late = why.kind() == Failure.Kind.RESOLVER_TIMEOUT || why.kind() == Failure.Kind.TIMEOUT;
        result.tryFailure(new Failure(
                late ? Failure.Kind.RESOLVER_TIMEOUT : Failure.Kind.RESOLVER_FAILED, name + ": " + why.text()));
    }

    /** Mean and deviation by exponential decay, as TCP does (RFC 6298 section 2). */
    private void measured(double millis) {
        restSeconds = 0;
        restUntil = clock.getAsLong();
        if (Double.isNaN(mean)) {
            mean = millis;
            deviation = millis / 2;
        } else {
            deviation += (Math.abs(millis - mean) - deviation) / 4;
            mean += (millis - mean) / 8;
        }
    }

    private void rest() {
        restSeconds = restSeconds == 0 ? FIRST_REST_SECONDS : Math.min(LAST_REST_SECONDS, 2 * restSeconds);
        restUntil = clock.getAsLong() + TimeUnit.SECONDS.toNanos(restSeconds);
    }

    void close() {
        exchanger.close();
    }
}

package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Joins the answers to A and AAAA (RFC 8305 section 3): once one family is there, the other has only a moment left.
 * Confined to the caller's event loop.
 */
final class AddressLookup {
    /** What the resolution delay of RFC 8305 grants to the AAAA answer. */
    private static final long SIX_GRACE_MILLIS = 50;

    /** IPv4 gets longer: without it there is nothing to fall back to. */
    private static final long FOUR_GRACE_MILLIS = 250;

    private final Host.Name name;
    private final EventLoop loop;
    private final Promise<List<InetAddress>> result;
    private final Future<Answer> four;
    private final @Nullable Future<Answer> six;

    private AddressLookup(Host.Name name, Function<Query, Future<Answer>> ask, boolean ipv6, EventLoop loop) {
        this.name = name;
        this.loop = loop;
        this.result = loop.newPromise();
        this.six = ipv6 ? ask.apply(Query.of(name, Query.AAAA)) : null;
        this.four = ask.apply(Query.of(name, Query.A));
    }

    /** @param ask whose futures complete on {@code loop} */
    static Future<List<InetAddress>> start(
            Host.Name name, Function<Query, Future<Answer>> ask, boolean ipv6, EventLoop loop) {
        AddressLookup lookup = new AddressLookup(name, ask, ipv6, loop);
        lookup.four.addListener(done -> lookup.arrived(lookup.four, SIX_GRACE_MILLIS));
        Future<Answer> six = lookup.six;
        if (six != null) {
            six.addListener(done -> lookup.arrived(six, FOUR_GRACE_MILLIS));
        }
        return lookup.result;
    }

    private void arrived(Future<Answer> answer, long graceMillis) {
        boolean all = four.isDone() && (six == null || six.isDone());
        boolean missing = four.isSuccess() && four.getNow().rcode() == Query.NXDOMAIN;
        if (all || missing) { // only A is believed: some servers deny a name that has no AAAA
            finish();
        } else if (!addresses(answer).isEmpty()) {
            loop.schedule(this::finish, graceMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void finish() {
        if (result.isDone()) {
            return;
        }
        List<InetAddress> found = new ArrayList<>(addresses(six));
        found.addAll(addresses(four));
        if (!found.isEmpty()) {
            result.setSuccess(List.copyOf(found));
            return;
        }
        Failure failure = failure(four);
        result.setFailure(failure != null ? failure : unresolved());
    }

    private Failure unresolved() {
        boolean exists = four.isSuccess() && four.getNow().rcode() == Query.NOERROR;
        Failure other = six == null || !exists ? null : failure(six);
        String withheld = four.isSuccess() ? four.getNow().withheld() : null;
        String what = withheld == null ? " has no address" : " has no address that may be used: " + withheld;
        return other != null ? other : new Failure(Failure.Kind.UNRESOLVED, name + (exists ? what : " does not exist"));
    }

    private static @Nullable Failure failure(Future<Answer> answer) {
        return answer.isDone() && !answer.isSuccess() ? Failure.of(answer.cause()) : null;
    }

    private static List<InetAddress> addresses(@Nullable Future<Answer> answer) {
        return answer != null && answer.isSuccess() ? answer.getNow().addresses() : List.of();
    }
}

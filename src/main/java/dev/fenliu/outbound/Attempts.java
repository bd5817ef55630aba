package dev.fenliu.outbound;

import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One flow's way through the members of a group. The next member is tried when one fails, and also beside those whose
 * servers have said nothing for a while; the first that connects has the flow, and no payload was sent before. Confined to
 * the dial's event loop.
 */
abstract class Attempts<T> {
    /** A packet that was lost has been sent again by then. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** When one is silent already, the next may well be. */
    private static final Duration IMPATIENCE = Duration.ofMillis(250);

    private record Running<T>(Outbound member, Health.Attempt attempt, Future<T> opening) {}

    private final Group group;
    private final Health health;
    private final Dial dial;
    private final Transport transport;
    private final Promise<T> result;
    private final Iterator<Outbound> left;
    private final List<Running<T>> running = new ArrayList<>(1);
    private int judging;
    private @Nullable Deadline patience;
    private @Nullable Failure last;

    Attempts(Group group, Health health, Dial dial, Transport transport, Promise<T> result) {
        this.group = group;
        this.health = health;
        this.dial = dial;
        this.transport = transport;
        this.result = result;
        this.left = group.take(dial).iterator();
        result.addListener(done -> end()); // also when the caller gives up
    }

    abstract Future<T> open(Outbound member, Dial to);

    /** What {@code member} has made, marked as the member's. */
    abstract T connected(Outbound member, T made);

    abstract void unwanted(T made);

    /** Tries the next member; when there is none and nothing runs, that was it. */
    void next() {
        stopWaiting();
        while (left.hasNext()) {
            Outbound member = left.next();
            if (member.transports().contains(transport)) {
                judge(member);
                return;
            }
            last = last == null ? group.unsupported() : last;
        }
        if (running.isEmpty() && judging == 0) {
            result.tryFailure(last == null ? group.empty() : last);
        }
    }

    private void judge(Outbound member) {
        if (group.guard().isEmpty()) {
            start(member);
            return;
        }
        judging++;
        Future<Optional<String>> asked = group.guard().get().objection(member, dial.loop());
        if (!asked.isDone()) {
            waitFor(PATIENCE);
        }
        asked.addListener((Future<Optional<String>> judged) -> {
            judging--;
            if (result.isDone()) {
                return;
            }
            if (judged.getNow().isEmpty()) {
                start(member);
            } else {
                String text = "group \"" + group.name() + "\" does not use \"" + member.name() + "\": "
                        + judged.getNow().get();
                last = new Failure(Failure.Kind.TUNNEL_DOWN, text).by(Ender.US);
                health.wanted(member.name());
                next();
            }
        });
    }

    private void start(Outbound member) {
        Health.Attempt attempt = health.attempt(member.name());
        Future<T> opening = open(member, dial.reaching(attempt::reached));
        if (opening.isSuccess()) {
            attempt.connectedBefore();
        }
        Running<T> started = new Running<>(member, attempt, opening);
        running.add(started);
        if (!opening.isDone()) {
            waitFor(running.size() == 1 ? PATIENCE : IMPATIENCE);
        }
        opening.addListener((Future<T> done) -> ended(started, done));
    }

    /** Patience is lost, unless somebody's server has answered: then the origin is slow. */
    private void lost() {
        patience = null;
        if (!result.isDone() && running.stream().noneMatch(one -> one.attempt().hasReached())) {
            next();
        }
    }

    private void ended(Running<T> one, Future<T> done) {
        if (done.isSuccess()) {
            one.attempt().reached();
            if (!result.isDone()) {
                running.subList(0, running.indexOf(one))
                        .forEach(slow -> slow.attempt().beaten());
            }
            T made = connected(one.member(), done.getNow());
            if (!result.trySuccess(made)) {
                unwanted(made);
            }
            return;
        }
        running.remove(one);
        if (result.isDone()) {
            return;
        }
        Failure failure = Failure.of(done.cause());
        if (!Health.isFaultOfOutbound(failure)) {
            result.tryFailure(failure);
            return;
        }
        one.attempt().failed(failure);
        last = failure;
        next();
    }

    private void waitFor(Duration time) {
        stopWaiting();
        if (left.hasNext()) {
            patience = Deadline.start(dial.loop(), time, this::lost);
        }
    }

    private void stopWaiting() {
        if (patience != null) {
            patience.cancel();
            patience = null;
        }
    }

    private void end() {
        stopWaiting();
        List.copyOf(running).forEach(one -> one.opening().cancel(false));
    }
}

package dev.fenliu.engine;

import dev.fenliu.engine.Prober.Finding;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.net.ClientTls;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tries out an outbound, and has its health and far end told what came of it. Confined to one event loop. */
final class Checker {
    /** Does what a check asks for through an outbound. */
    @FunctionalInterface
    interface Asking {
        Future<Answer> ask(Outbound outbound, Check check);
    }

    /**
     * What came of it.
     *
     * @param delay until there was an answer
     * @param fault what is wrong with it
     */
    record Answer(Duration delay, Optional<String> fault) {}

    private final EventLoop loop;
    private final Health health;
    private final FarEnds farEnds;
    private final Asking asking;
    private @Nullable Generation generation;
    /** How groups try out their members, and how all are tried out that nobody has said more of. */
    private Set<Check> checks = Set.of(Check.DEFAULT);

    Checker(EventLoop loop, Health health, FarEnds farEnds, Asking asking) {
        this.loop = loop;
        this.health = health;
        this.farEnds = farEnds;
        this.asking = asking;
    }

    /** With real questions. */
    static Checker of(EventLoop loop, Health health, FarEnds farEnds) {
        Map<String, ClientTls> sessions =
                new HashMap<>(); // a server must not see that it is one program behind all ways
        return new Checker(loop, health, farEnds, (outbound, check) -> {
            if (check.doctor()) {
                return examine(outbound, ChatGpt.REAL, loop);
            }
            ClientTls tls = sessions.computeIfAbsent(outbound.name(), any -> ClientTls.plain());
            Promise<Answer> result = loop.newPromise();
            HttpProbe.ask(check.url(), outbound, tls, loop, check.timeout())
                    .addListener((Future<HttpProbe.Answer> done) -> {
                        if (done.isSuccess()) {
                            HttpProbe.Answer page = done.getNow();
                            result.setSuccess(new Answer(page.delay(), check.fault(page.status(), page.body())));
                        } else {
                            result.setFailure(done.cause());
                        }
                    });
            return result;
        });
    }

    /** Asks the doctor. */
    static Future<Answer> examine(Outbound outbound, ChatGpt sites, EventLoop loop) {
        Promise<Answer> result = loop.newPromise();
        Examination.brief(outbound, sites, loop).addListener((Future<Diagnosis> done) -> {
            Diagnosis report = done.getNow();
            if (report.failure().isPresent()) {
                result.setFailure(report.failure().get());
            } else {
                result.setSuccess(new Answer(report.delay().orElse(Duration.ZERO), report.fault()));
            }
        });
        return result;
    }

    /**
     * Goes by a new generation.
     *
     * @param noted the checks whose outcome is remembered
     */
    void follow(Generation next, Set<Check> noted) {
        generation = next;
        checks = noted;
        health.keep(next.outbounds().keySet(), noted);
    }

    /** The rules tunnel that name: it must not be asked for in the plain. */
    boolean isForbidden(Outbound leaf, Check check) {
        Generation by = generation;
        return by != null
                && by.leavesPlainly(leaf.name())
                && Routing.ownWay(by, leaf.name(), HttpFetch.server(check.url())) != leaf;
    }

    /**
     * Tries it out once.
     *
     * @param sure whether to believe the doctor, who finds something once in a while that is gone the next time
     * @return does not fail
     */
    Future<Finding> check(Outbound outbound, Check check, boolean sure) {
        Promise<Finding> result = loop.newPromise();
        String name = outbound.name();
        if (isForbidden(outbound, check)) {
            String why = "the rules tunnel " + check.url().getHost() + ": it is not asked for without one";
            return result.setSuccess(new Finding(name, Optional.empty(), Optional.of(new Reason("not-asked", why))));
        }
        boolean noted = checks.contains(check); // what somebody asks for once tells nothing of what groups go by
        asking.ask(outbound, check).addListener((Future<Answer> done) -> {
            if (!noted) {
                result.setSuccess(
                        done.isSuccess()
                                ? new Finding(
                                        name,
                                        Optional.of(done.getNow().delay()),
                                        done.getNow().fault().map(Reason::badAnswer))
                                : new Finding(
                                        name, Optional.empty(), Optional.of(Reason.of(Failure.of(done.cause())))));
            } else if (done.isSuccess()) {
                Answer answer = done.getNow();
                boolean doubtful = check.doctor() && answer.fault().isPresent() && !sure;
                health.answered(name, check, answer.delay(), doubtful ? Optional.empty() : answer.fault());
                if (check.doctor() && !doubtful) {
                    farEnds.examined(name, answer.fault());
                }
                result.setSuccess(new Finding(
                        name, Optional.of(answer.delay()), answer.fault().map(Reason::badAnswer)));
            } else {
                Failure failure = Failure.of(done.cause());
                health.unanswered(name, Reason.of(failure), failure.kind() != Failure.Kind.TUNNEL_DOWN);
                result.setSuccess(new Finding(name, Optional.empty(), Optional.of(Reason.of(failure))));
            }
        });
        return result;
    }
}

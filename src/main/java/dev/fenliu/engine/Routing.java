package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Resolver;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.route.Verdict;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leads a question to its decision: asks the router, finds out what it needs, asks again. TCP and UDP share it. Confined
 * to one event loop.
 */
final class Routing {
    private static final int HTTPS = 443;
    private static final InetSocketAddress NOBODY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Generation generation;
    private final EventLoop loop;
    private final Consumer<Decision> then;

    private Routing(Generation generation, EventLoop loop, Consumer<Decision> then) {
        this.generation = generation;
        this.loop = loop;
        this.then = then;
    }

    /**
     * Calls {@code then} with the decision, at once when nothing has to be found out. A flow to a name whose first bytes
     * name another host leaves plainly only if the rules let both do so.
     */
    static void decide(Generation generation, Question question, EventLoop loop, Consumer<Decision> then) {
        Question other = question.aboutSniffed().orElse(null);
        new Routing(generation, loop, made -> {
                    if (other == null || !plainly(generation, made)) {
                        then.accept(made);
                    } else {
                        new Routing(
                                        generation,
                                        loop,
                                        second -> then.accept(plainly(generation, second) ? made : second))
                                .ask(other);
                    }
                })
                .ask(question);
    }

    /** Whether the flow might leave plainly, for all that is known. */
    static boolean mayLeavePlainly(Generation generation, Question question) {
        return !(generation.router().match(question) instanceof Decision made) || plainly(generation, made);
    }

    private static boolean plainly(Generation generation, Decision made) {
        return made instanceof Decision.Via via && generation.leavesPlainly(via.outbound());
    }

    /**
     * Whether a name may be asked at the resolvers of direct flows: because a flow to its port 443 leaves plainly, or
     * because a rule on the way wants its addresses.
     */
    static boolean asksPlainly(Generation generation, Host.Name name) {
        Destination there = new Destination(name, HTTPS);
        Question question = Question.of(new Flow(0, Transport.TCP, "", NOBODY, there, Optional.empty()));
        Verdict verdict = generation.router().match(question);
        while (verdict instanceof Verdict.Needs needs) {
            if (needs.what() == Verdict.What.ADDRESSES
                    && !asksTunnel(generation, decideUnresolved(generation, question, needs.rule()))) {
                return true;
            }
            question = question.without(needs);
            verdict = generation.router().match(question);
        }
        return verdict instanceof Decision made && plainly(generation, made);
    }

    private void ask(Question question) {
        Verdict verdict = generation.router().match(question);
        if (verdict instanceof Decision decision) {
            then.accept(decision);
        } else if (verdict instanceof Verdict.Needs needs && needs.what() == Verdict.What.ADDRESSES) {
            resolve(question, needs.rule());
        } else {
            findOut(question, ((Verdict.Needs) verdict).what(), ((Verdict.Needs) verdict).rule());
        }
    }

    /** Finds out who asks, which sends nothing, and goes on from {@code rule}. */
    private void findOut(Question question, Verdict.What what, int rule) {
        if (what == Verdict.What.PROCESS) {
            generation
                    .processes()
                    .find(question.flow(), loop)
                    .addListener((Future<String> found) ->
                            ask(question.process(found.isSuccess() ? found.getNow() : "", rule)));
        } else {
            generation
                    .devices()
                    .find(question.flow().source().getAddress(), loop)
                    .addListener((Future<Device> found) ->
                            ask(question.device(found.isSuccess() ? found.getNow() : Device.UNKNOWN, rule)));
        }
    }

    /**
     * Looks the name up on the side that will carry the flow: when a later rule sends this very name to a tunnel, through
     * that tunnel. Who asks is found out before, if that rule wants to know.
     */
    private void resolve(Question question, int rule) {
        Verdict unresolved = generation.router().match(question.resolved(List.of(), rule));
        while (unresolved instanceof Verdict.Needs needs && needs.what() == Verdict.What.ADDRESSES) {
            unresolved = generation.router().match(question.resolved(List.of(), needs.rule()));
        }
        if (unresolved instanceof Verdict.Needs needs) {
            findOut(question, needs.what(), rule);
            return;
        }
        if (!(question.flow().destination().host() instanceof Host.Name name)) {
            then.accept((Decision) unresolved);
            return;
        }
        resolver(generation, unresolved)
                .resolve(name, loop)
                .addListener((Future<List<InetAddress>> found) ->
                        ask(question.resolved(found.isSuccess() ? found.getNow() : List.of(), rule)));
    }

    /** Looks up what rule {@code rule} wants to know of the name in a question. */
    static Future<List<InetAddress>> lookUp(
            Generation generation, Question question, int rule, Host.Name name, EventLoop loop) {
        return resolver(generation, decideUnresolved(generation, question, rule))
                .resolve(name, loop);
    }

    private static Resolver resolver(Generation generation, Verdict unresolved) {
        return asksTunnel(generation, unresolved)
                ? generation.tunnelled().apply(((Decision.Via) unresolved).outbound())
                : generation.resolver();
    }

    /**
     * The way to what the program wants for itself: through the outbound {@code via}, but where that is plain and the rules
     * tunnel the name, through that tunnel. Null if there is no such outbound.
     */
    static @Nullable Outbound ownWay(Generation generation, String via, Destination to) {
        if (to.host() instanceof Host.Name && generation.leavesPlainly(via)) {
            Question question = Question.of(new Flow(0, Transport.TCP, "", NOBODY, to, Optional.empty()));
            Decision made = decideUnresolved(generation, question, 0);
            if (made instanceof Decision.Via tunnel && !plainly(generation, made)) {
                return generation.outbounds().get(tunnel.outbound());
            }
        }
        return generation.outbounds().get(via);
    }

    /** Whether a later rule sends this very name to a tunnel. */
    private static boolean asksTunnel(Generation generation, Verdict unresolved) {
        return unresolved instanceof Decision.Via via
                && via.namesHost()
                && !generation.plain().contains(via.outbound());
    }

    /** The decision if the name had no address and the client were nobody. */
    static Decision decideUnresolved(Generation generation, Question question, int rule) {
        Question without = question.resolved(List.of(), rule);
        Verdict verdict = generation.router().match(without);
        while (verdict instanceof Verdict.Needs needs) {
            without = without.without(needs);
            verdict = generation.router().match(without);
        }
        return (Decision) verdict;
    }
}

package dev.fenliu.engine;

import dev.fenliu.model.Host;
import dev.fenliu.net.Resolver;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.route.Verdict;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;

/**
 * Leads a question to its decision: asks the router, finds out what it needs, asks again. TCP and UDP share it. Confined
 * to one event loop.
 */
final class Routing {
    private final Generation generation;
    private final EventLoop loop;
    private final Consumer<Decision> then;

    private Routing(Generation generation, EventLoop loop, Consumer<Decision> then) {
        this.generation = generation;
        this.loop = loop;
        this.then = then;
    }

    /** Calls {@code then} with the decision, at once when nothing has to be found out. */
    static void decide(Generation generation, Question question, EventLoop loop, Consumer<Decision> then) {
        new Routing(generation, loop, then).ask(question);
    }

    private void ask(Question question) {
        Verdict verdict = generation.router().match(question);
        if (verdict instanceof Decision decision) {
            then.accept(decision);
        } else if (verdict instanceof Verdict.Needs needs && needs.what() == Verdict.What.PROCESS) {
            generation
                    .processes()
                    .find(question.flow(), loop)
                    .addListener((Future<String> found) ->
                            ask(question.process(found.isSuccess() ? found.getNow() : "", needs.rule())));
        } else {
            resolve(question, ((Verdict.Needs) verdict).rule());
        }
    }

    /**
     * Looks the name up on the side that will carry the flow: when a later rule sends this very name to a tunnel, through
     * that tunnel.
     */
    private void resolve(Question question, int rule) {
        Decision unresolved = decideUnresolved(question, rule);
        if (!(question.flow().destination().host() instanceof Host.Name name)) {
            then.accept(unresolved);
            return;
        }
        boolean tunnelled = unresolved instanceof Decision.Via via
                && via.namesHost()
                && !generation.plain().contains(via.outbound());
        Resolver resolver = tunnelled
                ? generation.tunnelled().apply(((Decision.Via) unresolved).outbound())
                : generation.resolver();
        resolver.resolve(name, loop)
                .addListener((Future<List<InetAddress>> found) ->
                        ask(question.resolved(found.isSuccess() ? found.getNow() : List.of(), rule)));
    }

    /** The decision if the name had no address and the program were unknown. */
    private Decision decideUnresolved(Question question, int rule) {
        Question without = question.resolved(List.of(), rule);
        Verdict verdict = generation.router().match(without);
        while (verdict instanceof Verdict.Needs needs) {
            without = needs.what() == Verdict.What.PROCESS
                    ? without.process("", needs.rule())
                    : without.resolved(List.of(), needs.rule());
            verdict = generation.router().match(without);
        }
        return (Decision) verdict;
    }
}

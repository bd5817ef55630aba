package dev.fenliu.engine;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides about a flow to a bare address. Its name is the one that its first bytes claim, if that is among the names which
 * the client was told the address for, or if there are none. Otherwise it may be any of them, and the strictest decision
 * counts: a claim is no proof, and with an encrypted hello it is the name of the provider. Confined to one event loop.
 */
final class NamedRouting {
    private final Generation generation;
    private final Question question;
    private final List<Host.Name> told;
    private final Iterator<Host.Name> names;
    private final EventLoop loop;
    private final Consumer<Ruling> then;
    private @Nullable Ruling strictest;

    private NamedRouting(
            Generation generation, Question question, List<Host.Name> told, EventLoop loop, Consumer<Ruling> then) {
        this.generation = generation;
        this.question = question;
        this.told = told;
        this.names = names(question, told).iterator();
        this.loop = loop;
        this.then = then;
    }

    /**
     * Calls {@code then} with the decision, at once when nothing has to be found out.
     *
     * @param told the names that the client was told the address for, by which one decides if several are as strict; none
     *     when the flow goes to a name
     */
    static void decide(
            Generation generation, Question question, List<Host.Name> told, EventLoop loop, Consumer<Ruling> then) {
        new NamedRouting(generation, question, told, loop, then).next();
    }

    private static List<Host.Name> names(Question question, List<Host.Name> told) {
        if (question.flow().destination().host() instanceof Host.Name) {
            return List.of();
        }
        List<Host.Name> names = new ArrayList<>(1);
        question.sniffed().ifPresent(names::add);
        if (names.isEmpty() || !told.contains(names.get(0))) {
            names.addAll(told);
        }
        return names;
    }

    private void next() {
        if (names.hasNext()) {
            decide(Optional.of(names.next()));
        } else if (strictest == null) {
            decide(Optional.empty());
        } else {
            then.accept(strictest);
        }
    }

    private void decide(Optional<Host.Name> name) {
        Question named = name.isEmpty() ? question : question.sniffed(name, question.protocol());
        Routing.decide(generation, named, loop, made -> {
            if (strictest == null || strictness(made) > strictness(strictest.decision())) {
                strictest = new Ruling(proven(made, name), name);
            }
            next();
        });
    }

    private int strictness(Decision decision) {
        if (!(decision instanceof Decision.Via via)) {
            return 2;
        }
        return generation.leavesPlainly(via.outbound()) ? 0 : 1;
    }

    /** A rule that names the host opens a private address, but not to who merely claims to mean that host. */
    private Decision proven(Decision made, Optional<Host.Name> name) {
        boolean claimed = made instanceof Decision.Via via
                && via.namesHost()
                && question.flow().destination().host() instanceof Host.Address address
                && Addresses.isInternal(address.value())
                && name.isPresent()
                && !told.contains(name.get());
        if (!claimed) {
            return made;
        }
        Decision.Via via = (Decision.Via) made;
        Decision bare =
                Routing.decideUnresolved(generation, question.sniffed(Optional.empty(), question.protocol()), 0);
        boolean meant = bare instanceof Decision.Via alone && alone.namesHost();
        return new Decision.Via(via.outbound(), via.rule(), meant);
    }
}

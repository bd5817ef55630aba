package dev.fenliu.route;

import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Explains the decisions of a router. Reads the lists that decided once more, and keeps them: make one for a run of
 * questions and throw it away. Not thread-safe; may read files.
 */
public final class Explainer {
    /**
     * A rule that was asked before the one that decided.
     *
     * @param why what did not hold, in a few words
     */
    public record Tried(RuleRef rule, String why) {}

    private static final String UNNAMED = "no line names this host: the list was changed after it was loaded, or the"
            + " fingerprint of the host is by chance that of a name in it";

    private final CompiledRouter router;
    private final Map<String, Optional<ListEntries>> read = new HashMap<>();

    public Explainer(CompiledRouter router) {
        this.router = router;
    }

    /** The address of a rule. */
    public RuleRef rule(int index) {
        return router.rules().get(index).ref();
    }

    /** The decision on a question, and the list entry behind it. */
    public Explanation explain(Question question) {
        Verdict verdict = router.match(question);
        Optional<ListEntry> entry = Optional.empty();
        if (verdict instanceof Decision decision) {
            Rule rule = router.rules().get(decision.rule().index());
            entry = entry(rule.condition(), Facts.of(question, false));
        }
        return new Explanation(verdict, entry);
    }

    /** The list entry by which a rule holds for what is known; empty where none does, or the rule is no more. */
    public Optional<ListEntry> entry(RuleRef ref, Question question) {
        return router.rules().stream()
                .filter(rule -> rule.ref().equals(ref))
                .findFirst()
                .flatMap(rule -> entry(rule.condition(), Facts.of(question, false)));
    }

    /**
     * The rules before the one that decides, or that must be answered first, and why each did not match.
     *
     * @param question with all that was found out on the way to that rule
     */
    public List<Tried> tried(Question question) {
        Verdict verdict = router.match(question);
        int end = verdict instanceof Decision decision ? decision.rule().index() : ((Verdict.Needs) verdict).rule();
        Compiler compiler = new Compiler(router.sets(), router.geo());
        Facts facts = Facts.of(question, false);
        Facts before = facts.beforeLookUp();
        boolean lookedUp = false;
        List<Tried> tried = new ArrayList<>();
        for (Rule rule : router.rules().subList(0, end)) {
            lookedUp = lookedUp || router.asksAddresses(rule.ref().index(), before);
            Reasons reasons = new Reasons(compiler, lookedUp ? facts : before);
            tried.add(new Tried(rule.ref(), router.isOver(rule) ? Lint.over(rule) : reasons.whyNot(rule.condition())));
        }
        return tried;
    }

    private Optional<ListEntry> entry(Condition condition, Facts facts) {
        if (condition instanceof Condition.InSet in) {
            Facts seen = facts.seenBy(in.lookUp());
            for (String name : in.sets()) {
                RuleSet set = router.sets().get(name);
                if (set != null && set.matcher().test(seen) == Truth.YES) {
                    return entries(set).map(entries -> entries.find(seen).orElseGet(() -> unnamed(set)));
                }
            }
            return Optional.empty();
        }
        List<Condition> parts = condition instanceof Condition.All all
                ? all.parts()
                : condition instanceof Condition.Any any ? any.parts() : List.of();
        return parts.stream()
                .map(part -> entry(part, facts))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** What the set has in memory are fingerprints, which may be alike; only the text tells. */
    private static ListEntry unnamed(RuleSet set) {
        return new ListEntry(set.file(), 0, UNNAMED);
    }

    private Optional<ListEntries> entries(RuleSet set) {
        return read.computeIfAbsent(set.name(), name -> {
            try {
                return Optional.of(ListEntries.read(set.source(), router.geo()));
            } catch (IOException | ListFormatException e) {
                return Optional.empty(); // the file went away or changed since the rules were loaded
            }
        });
    }
}

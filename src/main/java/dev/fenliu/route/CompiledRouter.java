package dev.fenliu.route;

import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one configuration, compiled. An index leaves out the rules that cannot concern the host; the others are
 * asked in their order until one decides.
 */
public final class CompiledRouter implements Router {
    private record Entry(Rule rule, Matcher matcher, boolean namesHost, boolean unknownMatches) {}

    private final List<Rule> rules;
    private final Entry[] entries;
    private final RuleIndex index;
    private final boolean asksProtocol;
    private final Map<String, RuleSet> sets;
    private final Geo geo;
    private final Predicate<String> isOpen;
    private final Instant now;

    /**
     * Compiles rules that {@link RuleParser} took without an error.
     *
     * @param sets the rule-sets that have a copy, by name; a rule whose list is not there matches everything that its
     *     other conditions allow if it leads to a tunnel, and nothing if not
     * @param isOpen whether a target lets traffic out without a tunnel, or refuses it: {@code direct}, {@code block} and
     *     outbounds that are plainly direct
     * @param now rules whose time is over then match nothing
     * @throws IllegalArgumentException if the last rule has a condition, or the rules do not count from 0
     */
    public CompiledRouter(List<Rule> rules, Map<String, RuleSet> sets, Geo geo, Predicate<String> isOpen, Instant now) {
        if (rules.isEmpty() || !rules.get(rules.size() - 1).isUnconditional()) {
            throw new IllegalArgumentException("the last rule has a condition");
        }
        this.rules = List.copyOf(rules);
        this.sets = Map.copyOf(sets);
        this.geo = geo;
        this.isOpen = isOpen;
        this.now = now;
        this.index = new RuleIndex(this.rules);
        Compiler compiler = new Compiler(this.sets, geo);
        this.asksProtocol = rules.stream().anyMatch(rule -> rule.condition().asksProtocol());
        this.entries = new Entry[rules.size()];
        for (int i = 0; i < entries.length; i++) {
            Rule rule = rules.get(i);
            if (rule.ref().index() != i) {
                throw new IllegalArgumentException(
                        "rule " + i + " calls itself " + rule.ref().index());
            }
            entries[i] = new Entry(
                    rule,
                    isOver(rule) ? facts -> Truth.NO : compiler.compile(rule.condition()),
                    rule.condition().namesHost(),
                    !isOpen.test(rule.target()));
        }
    }

    /** The same rules at another time. */
    public CompiledRouter at(Instant time) {
        return new CompiledRouter(rules, sets, geo, isOpen, time);
    }

    /** The same rules with another list in the place of one of its name. */
    public CompiledRouter with(RuleSet set) {
        Map<String, RuleSet> others = new HashMap<>(sets);
        others.put(set.name(), set);
        return new CompiledRouter(rules, others, geo, isOpen, now);
    }

    /** Whether {@link #at} would let other rules match. */
    public boolean changesBy(Instant time) {
        return rules.stream().anyMatch(rule -> isOver(rule) != rule.isOver(time, isOpen.test(rule.target())));
    }

    /** When the next of the rules ends that match now. */
    public Optional<Instant> nextEnd() {
        return rules.stream()
                .filter(rule -> !isOver(rule))
                .flatMap(rule -> rule.until().stream())
                .min(Comparator.naturalOrder());
    }

    /** What takes everything for a while, or everything but the home network, above all other rules that are in force. */
    public Optional<Rule> pause() {
        return rules.stream()
                .filter(rule -> !isOver(rule))
                .findFirst()
                .filter(rule -> rule.takesAll() && rule.until().isPresent());
    }

    /** Whether its time is over. */
    public boolean isOver(Rule rule) {
        return rule.isOver(now, isOpen.test(rule.target()));
    }

    @Override
    public Verdict match(Question question) {
        Facts facts = Facts.of(question, false);
        Candidates candidates = index.candidates(facts);
        for (int i = candidates.next(question.fromRule()); i < entries.length; i = candidates.next(i + 1)) {
            Verdict verdict = verdict(i, facts);
            if (verdict != null) {
                return verdict;
            }
        }
        return decision(entries[entries.length - 1]);
    }

    /** What rule {@code i} says; null when it does not match. */
    private @Nullable Verdict verdict(int i, Facts facts) {
        int truth = truth(i, facts);
        if (truth == Truth.NO) {
            return null;
        }
        if (truth == Truth.YES) {
            return decision(entries[i]);
        }
        // Who asks is found out on this machine, a look-up leaves it: first things first.
        int needs = Truth.needs(truth);
        Verdict.What local = (needs & Truth.PROCESS) != 0 ? Verdict.What.PROCESS : Verdict.What.DEVICE;
        boolean onlyAddresses = (needs & (Truth.PROCESS | Truth.DEVICE)) == 0;
        return new Verdict.Needs(onlyAddresses ? Verdict.What.ADDRESSES : local, i);
    }

    private int truth(int i, Facts facts) {
        Entry entry = entries[i];
        return Truth.settle(entry.matcher.test(facts), entry.unknownMatches);
    }

    /** Whether rule {@code i} cannot be decided without the addresses of the name. */
    boolean asksAddresses(int i, Facts facts) {
        return (Truth.needs(truth(i, facts)) & Truth.ADDRESSES) != 0;
    }

    private static Decision decision(Entry entry) {
        Rule rule = entry.rule;
        return rule.target().equals(Rule.BLOCK)
                ? new Decision.Block(rule.ref())
                : new Decision.Via(rule.target(), rule.ref(), entry.namesHost);
    }

    /** Asks the rules with all that the first bytes could tell still open, until one decides without them. */
    @Override
    public boolean wantsFirstBytes(Flow flow) {
        if (flow.destination().host() instanceof Host.Name && !asksProtocol) {
            return false;
        }
        Facts facts = Facts.of(Question.of(flow), true);
        Candidates candidates = index.candidates(facts);
        for (int i = candidates.next(0); i < entries.length; i = candidates.next(i + 1)) {
            int truth = truth(i, facts);
            if (truth == Truth.YES) {
                return false;
            }
            if ((Truth.needs(truth) & Truth.FIRST_BYTES) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether flows that go to this target leave without a tunnel. */
    boolean leavesOpen(String target) {
        return !target.equals(Rule.BLOCK) && isOpen.test(target);
    }

    RuleIndex index() {
        return index;
    }

    /** All of them, in order. */
    public List<Rule> rules() {
        return rules;
    }

    /** The lists that have a copy, by name. */
    public Map<String, RuleSet> sets() {
        return sets;
    }

    Geo geo() {
        return geo;
    }
}

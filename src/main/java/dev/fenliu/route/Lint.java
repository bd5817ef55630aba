package dev.fenliu.route;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds rules that are good to read but surely not meant: never reached, never true, contradicting each other, or letting
 * out what a tunnel should carry. Every finding is a warning at the rule, and names the other rule's place.
 */
public final class Lint {
    private final CompiledRouter router;
    private final Map<String, List<String>> groups;
    private final Problems problems = new Problems();
    private final Set<String> toldGroups = new HashSet<>();

    private Lint(CompiledRouter router, Map<String, List<String>> groups) {
        this.router = router;
        this.groups = groups;
    }

    /**
     * Looks at all rules of a router.
     *
     * @param groups the members of each group
     * @param openAi names that OpenAI's services need, to warn when the rules send them out without a tunnel
     */
    public static List<Problem> lint(
            CompiledRouter router, Map<String, List<String>> groups, Collection<String> openAi) {
        Lint lint = new Lint(router, groups);
        lint.ended();
        for (Rule rule : router.rules()) {
            if (router.isOver(rule)) {
                continue;
            }
            lint.reach(rule);
            lint.never(rule);
            lint.openGroup(rule);
        }
        if (router.rules().stream().anyMatch(rule -> lint.isTunnel(rule.target()))) {
            lint.openAi(openAi);
        }
        return lint.problems.all();
    }

    /** The rules whose time is over. */
    public static List<Problem> over(CompiledRouter router) {
        Lint lint = new Lint(router, Map.of());
        lint.ended();
        return lint.problems.all();
    }

    private void ended() {
        for (Rule rule : router.rules()) {
            if (router.isOver(rule)) {
                boolean tunnel = isTunnel(rule.target());
                Remark remark = (tunnel ? Remark.of("rule-over-tunnel") : Remark.of("rule-over"))
                        .with("time", rule.until().map(Object::toString).orElse(""))
                        .with("to", rule.target())
                        .with("index", rule.ref().index());
                warn(
                        rule,
                        remark,
                        over(rule)
                                + (tunnel
                                        ? ": what it sent to \"" + rule.target() + "\" goes by the rules below it"
                                        : ""),
                        "take it out: fenliu rule rm " + rule.ref().index());
            }
        }
    }

    /** In words. */
    static String over(Rule rule) {
        return "its time is over (until " + rule.until().map(Object::toString).orElse("") + ")";
    }

    private boolean isTunnel(String target) {
        return !target.equals(Rule.BLOCK) && !router.leavesOpen(target);
    }

    /** Whether an earlier rule takes all that this one could match. */
    private void reach(Rule rule) {
        Rule earlier = coveredBy(rule, rule.condition());
        if (earlier == null) {
            overlap(rule);
            return;
        }
        String place = earlier.ref().place();
        String says = earlier.ref().text();
        if (earlier.isUnconditional()) {
            if (rule.ref().index() == earlier.ref().index() + 1) { // once for all that follow
                int more = router.rules().size() - 1 - rule.ref().index();
                warn(
                        rule,
                        at("rule-unreachable", earlier).with("n", more),
                        "unreachable: the rule at " + place + " takes everything before this rule"
                                + (more == 0 ? "" : " and " + more + " more"),
                        "move that rule to the end");
            }
        } else if (!Coverage.covers(rule.condition(), earlier.condition())) {
            warn(
                    rule,
                    at("rule-shadowed", earlier),
                    "shadowed: the rule at " + place + " takes all that this one could match",
                    says);
        } else if (rule.target().equals(earlier.target())) {
            warn(rule, at("rule-duplicate", earlier), "duplicate of the rule at " + place, "remove one of them");
        } else {
            warn(
                    rule,
                    at("rule-conflicting", earlier),
                    "conflicting: the rule at " + place + " has the same condition and sends it to \""
                            + earlier.target() + "\"",
                    "the earlier rule wins; remove one of them");
        }
    }

    /** The first earlier rule that holds whenever the condition does. */
    private @Nullable Rule coveredBy(Rule rule, Condition condition) {
        int self = rule.ref().index();
        Candidates candidates = candidates(condition);
        for (int i = next(candidates, 0); i < self; i = next(candidates, i + 1)) {
            Rule earlier = router.rules().get(i);
            boolean lasts = earlier.until().isEmpty();
            if (lasts && Coverage.covers(earlier.condition(), condition) && !mayLearn(earlier, self)) {
                return earlier;
            }
        }
        return null;
    }

    /** Whether a look-up behind an earlier rule may show a later one addresses that the earlier one did not see. */
    private boolean mayLearn(Rule earlier, int later) {
        return earlier.condition().seesKnown()
                && router.rules().subList(earlier.ref().index() + 1, later).stream()
                        .anyMatch(rule -> rule.condition().mayResolve());
    }

    private static int next(@Nullable Candidates candidates, int from) {
        return candidates == null ? from : candidates.next(from);
    }

    /** The rules that may hold for one host which the condition asks for; null when it asks for none. */
    private @Nullable Candidates candidates(Condition condition) {
        Terms terms = Terms.of(condition);
        if (terms == null) {
            return null;
        }
        String name = !terms.exact().isEmpty()
                ? terms.exact().get(0)
                : terms.suffixes().isEmpty() ? null : terms.suffixes().get(0);
        InetAddress address = name != null || terms.networks().isEmpty()
                ? null
                : terms.networks().get(0).network();
        return name == null && address == null ? null : router.index().candidates(name, address);
    }

    /** Single names of a list that an earlier rule sends elsewhere. */
    private void overlap(Rule rule) {
        List<Condition> parts = Coverage.flat(rule.condition());
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof Condition.Name name) || name.values().size() < 2) {
                continue;
            }
            List<Condition> narrowed = new ArrayList<>(parts);
            for (String value : name.values()) {
                narrowed.set(i, new Condition.Name(name.kind(), List.of(value)));
                Rule earlier = coveredBy(rule, new Condition.All(narrowed));
                if (earlier != null && !earlier.target().equals(rule.target())) {
                    warn(
                            rule,
                            at("rule-shadowed-in-part", earlier).with("value", value),
                            "shadowed in part: the rule at " + earlier.ref().place() + " sends \"" + value + "\" to \""
                                    + earlier.target() + "\"",
                            earlier.ref().text());
                    return;
                }
            }
        }
    }

    private void never(Rule rule) {
        if (Coverage.isNever(rule.condition())) {
            String text = Reasons.text(rule.condition());
            boolean empty = text.equals("()");
            warn(
                    rule,
                    empty
                            ? Remark.of("rule-of-nothing")
                            : Remark.of("rule-never").with("text", text),
                    empty ? "never true: it asks for any of nothing" : "never true: its conditions exclude each other",
                    empty ? null : "all must hold: " + text + "; for one or the other, put them into any: [{…}, {…}]");
            return;
        }
        List<Condition> parts = Coverage.flat(rule.condition());
        boolean name = parts.stream().anyMatch(Condition.Name.class::isInstance);
        boolean literal = parts.stream()
                .anyMatch(part -> part instanceof Condition.InNetwork network
                                && network.lookUp() != Condition.LookUp.ASK
                        || part instanceof Condition.InCountry country && country.lookUp() != Condition.LookUp.ASK
                        || part instanceof Condition.InAsn asn && asn.lookUp() != Condition.LookUp.ASK);
        if (name && literal) {
            warn(
                    rule,
                    Remark.of("rule-hardly-ever"),
                    "hardly ever true: it wants a name and an address of the same host",
                    "conditions about addresses see literal addresses only; add resolve: true, or write two rules");
        }
    }

    private void openGroup(Rule rule) {
        List<String> path = pathToOpen(rule.target(), new HashSet<>());
        if (!path.isEmpty() && toldGroups.add(rule.target())) {
            warn(
                    rule,
                    Remark.of("group-open")
                            .with("group", rule.target())
                            .with("path", String.join(" → ", path))
                            .with("member", path.get(path.size() - 1)),
                    "open group: \"" + rule.target() + "\" may send this traffic out without a tunnel ("
                            + String.join(" → ", path) + ")",
                    "take \"" + path.get(path.size() - 1) + "\" out of the group unless that is what you want");
        }
    }

    /** Whether flows that go to this target may leave without a tunnel, by a member of a group too. */
    static boolean leavesOpen(CompiledRouter router, Map<String, List<String>> groups, String target) {
        return router.leavesOpen(target)
                || !new Lint(router, groups).pathToOpen(target, new HashSet<>()).isEmpty();
    }

    private List<String> pathToOpen(String target, Set<String> seen) {
        if (!seen.add(target)) {
            return List.of();
        }
        for (String member : groups.getOrDefault(target, List.of())) {
            List<String> rest = router.leavesOpen(member) ? List.of(member) : pathToOpen(member, seen);
            if (!rest.isEmpty()) {
                List<String> path = new ArrayList<>(List.of(target));
                path.addAll(rest);
                return path;
            }
        }
        return List.of();
    }

    private void openAi(Collection<String> names) {
        Map<Integer, List<String>> open = new LinkedHashMap<>();
        for (String name : names) {
            Decision decision = decide(new Host.Name(name));
            if (decision instanceof Decision.Via via && router.leavesOpen(via.outbound())) {
                open.computeIfAbsent(via.rule().index(), rule -> new ArrayList<>())
                        .add(name);
            }
        }
        open.forEach((index, hosts) -> {
            Rule rule = router.rules().get(index);
            String shown = String.join(", ", hosts.subList(0, Math.min(3, hosts.size())));
            warn(
                    rule,
                    Remark.of("openai-open").with("to", rule.target()).with("hosts", String.join(", ", hosts)),
                    "OpenAI goes \"" + rule.target() + "\", without a tunnel: " + shown
                            + (hosts.size() > 3 ? " and " + (hosts.size() - 3) + " more" : ""),
                    "send these hosts to a tunnel in a rule above this one");
        });
    }

    private Decision decide(Host.Name name) {
        Flow flow = new Flow(
                0,
                Transport.TCP,
                "",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Destination(name, 443),
                Optional.empty());
        Question question = Question.of(flow);
        Verdict verdict = router.match(question);
        while (verdict instanceof Verdict.Needs needs) {
            question = question.without(needs);
            verdict = router.match(question);
        }
        return (Decision) verdict;
    }

    /** About another rule. */
    private static Remark at(String code, Rule other) {
        return Remark.of(code)
                .with("place", other.ref().place())
                .with("rule", other.ref().text())
                .with("to", other.target());
    }

    private void warn(Rule rule, Remark remark, String message, @Nullable String hint) {
        problems.warning(rule.node(), remark, message, hint);
    }
}

package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the {@code rules} of a configuration: mappings of {@link RuleKeys#RULE}, and Clash rule lines. */
public final class RuleParser {
    private static final String LAST = "add a last rule for all the rest: {to: direct}, or {to: block}";

    private RuleParser() {}

    /**
     * Reads all rules; what is wrong with them is reported, each with its place.
     *
     * @return the good ones in their order; usable when no error was reported
     */
    public static List<Rule> parse(ConfigNode sequence, Scope scope, Problems problems) {
        if (sequence.kind() != ConfigNode.Kind.SEQUENCE) {
            problems.error(
                    sequence,
                    "\"rules\" must be a list of rules, not " + sequence.kind().words(),
                    "write each one on a line of its own that begins with a dash and a blank: - {to: direct}");
            return List.of();
        }
        if (sequence.items().isEmpty()) {
            problems.error(sequence, "there is no rule", LAST);
        }
        List<Rule> rules = new ArrayList<>();
        Rule last = null;
        for (int i = 0; i < sequence.items().size(); i++) {
            last = rule(sequence.items().get(i), i, scope, problems);
            if (last != null) {
                rules.add(last);
            }
        }
        if (last != null && !last.isUnconditional()) {
            Rule timed = last;
            rules.stream()
                    .filter(Rule::isUnconditional)
                    .findFirst()
                    .ifPresentOrElse(
                            rule -> problems.error(
                                    rule.node(),
                                    "this rule takes everything, and those below it are never reached",
                                    "move it to the end"),
                            () -> problems.error(
                                    sequence.items().get(sequence.items().size() - 1),
                                    "the last rule has "
                                            + (timed.until().isPresent() ? "an end" : "a condition")
                                            + ": flows that fit no rule have no target",
                                    LAST));
        }
        return List.copyOf(rules);
    }

    private static @Nullable Rule rule(ConfigNode node, int index, Scope scope, Problems problems) {
        if (node.kind() == ConfigNode.Kind.SCALAR) {
            return line(node, index, scope, problems);
        }
        Section section = Section.open(node, "a rule", RuleKeys.RULE, problems);
        if (section == null) {
            return null;
        }
        Condition condition = new ConditionParser(scope, problems).read(section, false);
        String target = section.get(RuleKeys.TO);
        if (target != null && !scope.targets().contains(target)) {
            problems.error(
                    section.at(RuleKeys.TO),
                    "no outbound or group is called \"" + target + "\"",
                    Nearest.hint(target, scope.targets()));
            target = null;
        }
        Optional<Instant> until = Optional.ofNullable(section.get(RuleKeys.UNTIL));
        return condition == null || target == null ? null : rule(node, index, condition, target, until);
    }

    private static @Nullable Rule line(ConfigNode node, int index, Scope scope, Problems problems) {
        ClashLine.Parts parts;
        try {
            parts = ClashLine.parts(node.text(), scope);
        } catch (RuleSyntaxException e) {
            problems.error(node, e.reason(), e.hint());
            return null;
        }
        Condition condition = null;
        String target = null;
        try {
            condition = parts.condition(scope);
        } catch (RuleSyntaxException e) {
            problems.error(node, e.reason(), e.hint());
        }
        try {
            target = parts.target(scope);
        } catch (RuleSyntaxException e) {
            problems.error(node, e.reason(), e.hint());
        }
        return condition == null || target == null ? null : rule(node, index, condition, target, Optional.empty());
    }

    private static Rule rule(ConfigNode node, int index, Condition condition, String target, Optional<Instant> until) {
        return new Rule(new RuleRef(index, node.position(), RuleText.of(node)), condition, target, until, node);
    }
}

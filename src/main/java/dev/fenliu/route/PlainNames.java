package dev.fenliu.route;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which names certainly go out without a tunnel whatever else there is to a flow, told by the rules alone. Errs on the side
 * of the tunnel. Immutable.
 *
 * @param steps in order: the first that has a name tells
 * @param rest whether the names that no step has go out plainly
 */
public record PlainNames(List<Step> steps, boolean rest) {
    /**
     * Some names.
     *
     * @param plain whether they go out plainly
     * @param exact names
     * @param suffixes names, with all below them
     */
    public record Step(boolean plain, List<String> exact, List<String> suffixes) {}

    /** No name at all. */
    public static final PlainNames NONE = new PlainNames(List.of(), false);

    /** So many names at most are told, of so many characters; those of the rules that come after them are not plain. */
    private static final int MAX_NAMES = 2 * NameList.FEW;

    private static final int MAX_LENGTH = 1 << 17;

    /**
     * Reads the rules from the first to the one that may hold for any name. One that leads out plainly counts for the
     * names for which it certainly holds; for others it holds or not, and either is as the rules after it have it, or
     * better. Any other rule counts for all names for which it may hold.
     */
    public static PlainNames of(CompiledRouter router) {
        List<Step> steps = new ArrayList<>();
        int names = 0;
        int length = 0;
        for (Rule rule : router.rules()) {
            boolean plain = router.leavesOpen(rule.target());
            if (plain && rule.until().isPresent()) {
                continue; // browsers keep what they are told here for longer than that
            }
            if (rule.isUnconditional()) {
                return new PlainNames(steps, plain);
            }
            NameList found = plain ? certain(rule.condition(), router) : possible(rule.condition(), router);
            names += found == null ? 0 : found.size();
            length += found == null ? 0 : found.length();
            if (found == null || names > MAX_NAMES || length > MAX_LENGTH) {
                return new PlainNames(steps, false);
            }
            if (found.size() > 0) {
                steps.add(new Step(plain, found.exact(), found.suffixes()));
            }
        }
        return new PlainNames(steps, false);
    }

    /** The names for which it holds whatever else there is. */
    private static NameList certain(Condition condition, CompiledRouter router) {
        NameList leaf = leaf(condition, router);
        if (leaf != null) {
            return leaf;
        }
        NameList names = NameList.NONE;
        if (condition instanceof Condition.Any any) {
            for (Condition part : any.parts()) {
                names = names.and(certain(part, router));
            }
        }
        return names;
    }

    /** The names for which it may hold; null when that may be any. */
    private static @Nullable NameList possible(Condition condition, CompiledRouter router) {
        if (condition instanceof Condition.Any any) {
            return union(any.parts(), part -> possible(part, router));
        }
        if (condition instanceof Condition.All all) {
            NameList fewest = null;
            for (Condition part : all.parts()) {
                NameList names = possible(part, router);
                fewest = fewest == null || names != null && names.size() < fewest.size() ? names : fewest;
            }
            return fewest;
        }
        boolean address = condition instanceof Condition.InNetwork
                || condition instanceof Condition.InCountry
                || condition instanceof Condition.InAsn;
        return address && condition.lookUp() == Condition.LookUp.NEVER ? NameList.NONE : leaf(condition, router);
    }

    private static <T> @Nullable NameList union(List<T> parts, Function<T, @Nullable NameList> names) {
        NameList union = NameList.NONE;
        for (T part : parts) {
            NameList found = names.apply(part);
            if (found == null) {
                return null;
            }
            union = union.and(found);
        }
        return union;
    }

    /** The names for which a leaf holds, when these are all that matters and they are few. */
    private static @Nullable NameList leaf(Condition condition, CompiledRouter router) {
        if (condition instanceof Condition.Name name && name.kind() == Condition.NameKind.EXACT) {
            return new NameList(name.values(), List.of());
        }
        if (condition instanceof Condition.Name name && name.kind() == Condition.NameKind.SUFFIX) {
            return new NameList(List.of(), name.values());
        }
        return condition instanceof Condition.InSet in
                ? union(in.sets(), set -> {
                    RuleSet list = router.sets().get(set);
                    return list == null ? null : list.few();
                })
                : null;
    }
}

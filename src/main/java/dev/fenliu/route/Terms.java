package dev.fenliu.route;

import dev.fenliu.route.list.Cidr;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names and networks of which a host must fit one, or the condition does not hold. */
record Terms(List<String> exact, List<String> suffixes, List<Cidr> networks, boolean resolve) {
    /** Null when the condition may hold for any host. */
    static @Nullable Terms of(Condition condition) {
        if (condition instanceof Condition.Name name) {
            return switch (name.kind()) {
                case EXACT -> new Terms(name.values(), List.of(), List.of(), false);
                case SUFFIX -> new Terms(List.of(), name.values(), List.of(), false);
                default -> null;
            };
        }
        if (condition instanceof Condition.InNetwork network) {
            return new Terms(List.of(), List.of(), network.networks(), network.lookUp() == Condition.LookUp.ASK);
        }
        if (condition instanceof Condition.All all) {
            Terms best = null;
            for (Condition part : all.parts()) {
                Terms terms = of(part);
                if (terms != null && (best == null || terms.size() < best.size())) {
                    best = terms;
                }
            }
            return best;
        }
        return condition instanceof Condition.Any any ? union(any) : null;
    }

    private static @Nullable Terms union(Condition.Any any) {
        Terms union = new Terms(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), false);
        for (Condition part : any.parts()) {
            Terms terms = of(part);
            if (terms == null) {
                return null;
            }
            union.exact.addAll(terms.exact);
            union.suffixes.addAll(terms.suffixes);
            union.networks.addAll(terms.networks);
            union = new Terms(union.exact, union.suffixes, union.networks, union.resolve || terms.resolve);
        }
        return union;
    }

    /** How bad: a rule that wants look-ups is a candidate for every name. */
    private int size() {
        return exact.size() + suffixes.size() + networks.size() + (resolve ? 1 << 20 : 0);
    }
}

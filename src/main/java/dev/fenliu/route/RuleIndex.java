package dev.fenliu.route;

import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells which rules can match a host at all. A rule that cannot hold unless the host is one of its names or in one of its
 * networks is filed under those; all other rules are candidates for every host. The index only leaves rules out, it never
 * decides. Immutable.
 */
final class RuleIndex {
    private final HostIndex names;
    private final AddressIndex networks;
    /** Rules filed under names, which an address may still turn out to have. */
    private final int[] naming;
    /** Rules filed under networks that also want the addresses of names. */
    private final int[] resolving;
    /** Rules that could not be filed. */
    private final int[] others;

    RuleIndex(List<Rule> rules) {
        HostIndex.Builder hosts = new HostIndex.Builder();
        AddressIndex.Builder addresses = new AddressIndex.Builder();
        List<Integer> named = new ArrayList<>();
        List<Integer> asking = new ArrayList<>();
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            Terms terms = Terms.of(rules.get(i).condition());
            if (terms == null) {
                rest.add(i);
                continue;
            }
            int rule = i;
            terms.exact.forEach(name -> hosts.exact(name, rule));
            terms.suffixes.forEach(name -> hosts.suffix(name, rule));
            terms.networks.forEach(network -> addresses.add(network, rule));
            if (!terms.exact.isEmpty() || !terms.suffixes.isEmpty()) {
                named.add(i);
            }
            if (terms.resolve) {
                asking.add(i);
            }
        }
        this.names = hosts.build();
        this.networks = addresses.build();
        this.naming = named.stream().mapToInt(Integer::intValue).toArray();
        this.resolving = asking.stream().mapToInt(Integer::intValue).toArray();
        this.others = rest.stream().mapToInt(Integer::intValue).toArray();
    }

    Candidates candidates(Facts facts) {
        Candidates found = new Candidates();
        found.add(others);
        if (facts.name() != null) {
            names.find(facts.name(), found);
        } else if (facts.awaitsBytes()) {
            found.add(naming);
        }
        if (facts.literal() != null) {
            networks.find(facts.literal(), found);
        } else if (facts.resolved() == null) {
            found.add(resolving);
        } else if (resolving.length > 0) {
            for (InetAddress address : facts.resolved()) {
                networks.find(address, found);
            }
        }
        return found;
    }

    /** Names and networks of which a host must fit one, or the condition does not hold. */
    private record Terms(List<String> exact, List<String> suffixes, List<Cidr> networks, boolean resolve) {
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
                return new Terms(List.of(), List.of(), network.networks(), network.resolve());
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
}

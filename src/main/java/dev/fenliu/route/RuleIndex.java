package dev.fenliu.route;

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
            terms.exact().forEach(name -> hosts.exact(name, rule));
            terms.suffixes().forEach(name -> hosts.suffix(name, rule));
            terms.networks().forEach(network -> addresses.add(network, rule));
            if (!terms.exact().isEmpty() || !terms.suffixes().isEmpty()) {
                named.add(i);
            }
            if (terms.resolve()) {
                asking.add(i);
            }
        }
        this.names = hosts.build();
        this.networks = addresses.build();
        this.naming = named.stream().mapToInt(Integer::intValue).toArray();
        this.resolving = asking.stream().mapToInt(Integer::intValue).toArray();
        this.others = rest.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The rules that may match this host for some flow, look-ups and first bytes left aside. */
    Candidates candidates(@Nullable String name, @Nullable InetAddress address) {
        Candidates found = new Candidates();
        found.add(others);
        if (name != null) {
            names.find(name, found);
        }
        if (address != null) {
            networks.find(address, found);
        }
        return found;
    }

    /** The rules that may match now. */
    Candidates candidates(Facts facts) {
        Candidates found = candidates(facts.name(), facts.literal());
        if (facts.name() == null && facts.awaitsBytes()) {
            found.add(naming);
        }
        if (facts.literal() == null) {
            if (facts.resolved() == null) {
                found.add(resolving);
            } else {
                facts.resolved().forEach(address -> networks.find(address, found));
            }
        }
        return found;
    }
}

package dev.fenliu.control.clash;

import dev.fenliu.route.Condition;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A rule's condition in the words of Clash.
 *
 * @param type such as {@code DomainSuffix}; {@code Match} for what always holds
 * @param payload what is compared, with commas between several
 */
record RuleWords(String type, String payload) {
    private static final int SHOWN = 10;

    static RuleWords of(Condition condition) {
        if (condition instanceof Condition.All all) {
            return all.parts().isEmpty()
                    ? new RuleWords("Match", "")
                    : all.parts().size() == 1 ? of(all.parts().get(0)) : logical("AND", all.parts());
        }
        if (condition instanceof Condition.Any any) {
            return any.parts().size() == 1 ? of(any.parts().get(0)) : logical("OR", any.parts());
        }
        return condition instanceof Condition.Not not ? logical("NOT", List.of(not.part())) : leaf(condition);
    }

    private static RuleWords leaf(Condition condition) {
        if (condition instanceof Condition.Name name) {
            return new RuleWords(name(name.kind()), text(name.values()));
        } else if (condition instanceof Condition.InSet set) {
            return new RuleWords("RuleSet", text(set.sets()));
        } else if (condition instanceof Condition.InNetwork network) {
            return new RuleWords("IPCIDR", text(network.networks()));
        } else if (condition instanceof Condition.InCountry country) {
            return new RuleWords("GeoIP", text(country.codes()));
        } else if (condition instanceof Condition.InAsn asn) {
            return new RuleWords("IPASN", text(asn.numbers()));
        } else if (condition instanceof Condition.Port port) {
            return new RuleWords("DstPort", text(port.ranges()));
        } else if (condition instanceof Condition.Source source) {
            return new RuleWords("SrcIPCIDR", text(source.networks()));
        } else if (condition instanceof Condition.SourcePort port) {
            return new RuleWords("SrcPort", text(port.ranges()));
        } else if (condition instanceof Condition.Network network) {
            return new RuleWords("Network", text(network.transports()));
        }
        return condition instanceof Condition.Word word
                ? new RuleWords(word(word.kind()), text(word.values()))
                : new RuleWords("Unknown", "");
    }

    private static String name(Condition.NameKind kind) {
        return switch (kind) {
            case EXACT -> "Domain";
            case SUFFIX -> "DomainSuffix";
            case KEYWORD -> "DomainKeyword";
            case WILDCARD -> "DomainWildcard";
            case REGEX -> "DomainRegex";
        };
    }

    private static String word(Condition.WordKind kind) {
        return switch (kind) {
            case LISTENER -> "InName";
            case USER -> "InUser";
            case PROTOCOL -> "Protocol";
            case PROCESS -> "ProcessName";
            case SOURCE_MAC -> "SrcMAC";
            case SOURCE_HOSTNAME -> "SrcHostname";
        };
    }

    private static RuleWords logical(String type, List<Condition> parts) {
        String inner = parts.stream().map(RuleWords::of).map(RuleWords::inner).collect(Collectors.joining(","));
        return new RuleWords(type, "(" + inner + ")");
    }

    private String inner() {
        return "(" + type + (payload.isEmpty() ? "" : "," + payload) + ")";
    }

    /** A rule may hold thousands of names, which nobody reads in a table. */
    private static String text(Collection<?> values) {
        String shown = values.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(","));
        return values.size() > SHOWN ? shown + ",… (" + values.size() + ")" : shown;
    }
}

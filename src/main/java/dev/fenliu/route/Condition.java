package dev.fenliu.route;

import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * What a rule asks of a flow: a tree of values as the user wrote them, normalised. A leaf with several values holds if
 * any of them does. Immutable; {@link CompiledRouter} turns it into something fast.
 */
public sealed interface Condition {
    /** Holds for every flow. */
    static Condition always() {
        return new All(List.of());
    }

    /** The host's name, compared in one way. */
    record Name(NameKind kind, List<String> values) implements Condition {}

    /** The host is in a rule-set; its networks see what {@code lookUp} lets them. */
    record InSet(List<String> sets, LookUp lookUp) implements Condition {}

    /** The destination's address, or one of its name, is in a network. */
    record InNetwork(List<Cidr> networks, LookUp lookUp) implements Condition {}

    /** The destination's address belongs to a country, ISO 3166-1 in upper case. */
    record InCountry(List<String> codes, LookUp lookUp) implements Condition {}

    /** The destination's address is announced by an autonomous system. */
    record InAsn(List<Long> numbers, LookUp lookUp) implements Condition {}

    /** The destination's port. */
    record Port(List<PortRange> ranges) implements Condition {}

    /** The client's address. */
    record Source(List<Cidr> networks) implements Condition {}

    /** The client's port. */
    record SourcePort(List<PortRange> ranges) implements Condition {}

    /** TCP or UDP. */
    record Network(Set<Transport> transports) implements Condition {}

    /** One of the flow's words is one of the values. */
    record Word(WordKind kind, List<String> values) implements Condition {}

    /** All of them hold. */
    record All(List<Condition> parts) implements Condition {}

    /** At least one of them holds. */
    record Any(List<Condition> parts) implements Condition {}

    /** It does not hold. */
    record Not(Condition part) implements Condition {}

    /** Which addresses of a name a condition compares, from few to all. An address that was asked for is always compared. */
    enum LookUp {
        /** None: our rules without {@code resolve: true}. */
        NEVER,
        /** Those that an earlier rule had looked up already: Clash's {@code no-resolve}. */
        KNOWN,
        /** All, and they are looked up for it: {@code resolve: true}, and Clash's lines. */
        ASK
    }

    /** How a name is compared. */
    enum NameKind {
        /** Letter for letter. */
        EXACT("domain"),
        /** The name, and all below it. */
        SUFFIX("domain-suffix"),
        /** It occurs somewhere. */
        KEYWORD("domain-keyword"),
        /** Whole name, {@code *} is any run and {@code ?} one character. */
        WILDCARD("domain-wildcard"),
        /** RE2, unanchored, case ignored. */
        REGEX("domain-regex");

        private final String key;

        NameKind(String key) {
            this.key = key;
        }

        /** The key of the configuration. */
        String key() {
            return key;
        }
    }

    /** Which word of the flow is compared. */
    enum WordKind {
        LISTENER,
        USER,
        PROTOCOL,
        PROCESS,
        SOURCE_MAC,
        SOURCE_HOSTNAME;

        /** The key of the configuration. */
        String key() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Whether it looks at the destination's host in a place where that makes the condition hold. */
    default boolean namesHost() {
        return anyLeaf(true, (leaf, positive) -> positive && (leaf instanceof Name || leaf.asksAddress()));
    }

    /** Whether it can ask for the addresses of names. */
    default boolean mayResolve() {
        return anyLeaf(true, (leaf, positive) -> leaf.lookUp() == LookUp.ASK);
    }

    /** Whether it sees the addresses of names that an earlier rule asked for. */
    default boolean seesKnown() {
        return anyLeaf(true, (leaf, positive) -> leaf.lookUp() == LookUp.KNOWN);
    }

    /** Which addresses of names a leaf may compare; {@link LookUp#NEVER} for leaves that compare none. */
    default LookUp lookUp() {
        return LookUp.NEVER;
    }

    private boolean asksAddress() {
        return this instanceof InSet || this instanceof InNetwork || this instanceof InCountry || this instanceof InAsn;
    }

    /** Whether the test holds for a leaf, which it gets with whether it stands under an even number of {@code not}. */
    private boolean anyLeaf(boolean positive, BiPredicate<Condition, Boolean> test) {
        if (this instanceof Not not) {
            return not.part().anyLeaf(!positive, test);
        }
        if (this instanceof All all) {
            return all.parts().stream().anyMatch(part -> part.anyLeaf(positive, test));
        }
        return this instanceof Any any
                ? any.parts().stream().anyMatch(part -> part.anyLeaf(positive, test))
                : test.test(this, positive);
    }

    /** Whether it compares what the first bytes are. */
    default boolean asksProtocol() {
        return anyLeaf(true, (leaf, positive) -> leaf instanceof Word word && word.kind() == WordKind.PROTOCOL);
    }
}

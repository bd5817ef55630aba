package dev.fenliu.route;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in a few words why conditions do not hold for one question. */
final class Reasons {
    private static final int SHOWN = 3;

    private final Compiler compiler;
    private final Facts facts;

    Reasons(Compiler compiler, Facts facts) {
        this.compiler = compiler;
        this.facts = facts;
    }

    /** Why a condition that does not hold does not. */
    String whyNot(Condition condition) {
        if (condition instanceof Condition.All all) {
            return all.parts().stream()
                    .filter(part -> !holds(part))
                    .findFirst()
                    .map(this::whyNot)
                    .orElse("a list has no copy yet");
        }
        if (condition instanceof Condition.Any any) {
            return any.parts().size() == 1
                    ? whyNot(any.parts().get(0))
                    : "none of its " + any.parts().size() + " alternatives holds";
        }
        if (condition instanceof Condition.Not not) {
            return "excluded by not: " + text(not.part());
        }
        return seen(condition) + ", not " + text(condition);
    }

    private boolean holds(Condition condition) {
        return compiler.compile(condition).test(facts) == Truth.YES;
    }

    /** What the flow has instead. */
    private String seen(Condition condition) {
        if (condition instanceof Condition.Name) {
            return facts.name() == null ? "no name is known" : "the name is " + facts.name();
        }
        if (condition instanceof Condition.InSet in) {
            boolean missing = in.sets().stream()
                    .anyMatch(name -> compiler.compile(new Condition.InSet(List.of(name), Condition.LookUp.NEVER))
                                    .test(facts)
                            == Truth.MISSING);
            return missing ? "the list has no copy yet" : host();
        }
        if (condition instanceof Condition.Port) {
            return "the port is " + facts.flow().destination().port();
        }
        if (condition instanceof Condition.Source) {
            return "the client is " + Addresses.text(facts.flow().source().getAddress());
        }
        if (condition instanceof Condition.SourcePort) {
            return "the client's port is " + facts.flow().source().getPort();
        }
        if (condition instanceof Condition.Network) {
            return "the network is " + facts.flow().transport();
        }
        if (condition instanceof Condition.Word word) {
            return word(word.kind());
        }
        return address(condition);
    }

    private String host() {
        return facts.name() != null
                ? "the name is " + facts.name()
                : "the address is " + facts.flow().destination().host();
    }

    private String address(Condition condition) {
        if (facts.literal() != null) {
            return "the address is " + facts.flow().destination().host();
        }
        List<InetAddress> resolved = facts.resolved();
        if (condition.lookUp() == Condition.LookUp.NEVER || resolved == null) {
            return "the host is a name";
        }
        return resolved.isEmpty()
                ? "the name has no address"
                : "the name's addresses are "
                        + resolved.stream().map(Addresses::text).collect(Collectors.joining(", "));
    }

    private String word(Condition.WordKind kind) {
        return switch (kind) {
            case LISTENER -> "the listener is " + facts.flow().listener();
            case USER -> facts.flow().user().map(user -> "the user is " + user).orElse("no user");
            case PROTOCOL -> facts.protocol() == null ? "no protocol was seen" : "the protocol is " + facts.protocol();
            case PROCESS ->
                facts.process() == null || facts.process().isEmpty()
                        ? "the process is unknown"
                        : "the process is " + facts.process();
            case SOURCE_MAC ->
                device(
                        "MAC address",
                        facts.device() == null ? null : facts.device().mac().orElse(null));
            case SOURCE_HOSTNAME ->
                device(
                        "host name",
                        facts.device() == null ? null : facts.device().name().orElse(null));
        };
    }

    private String device(String what, @Nullable Object found) {
        if (found != null) {
            return "the client's " + what + " is " + found;
        }
        boolean none = facts.device() != null && facts.device().complete();
        return none ? "the client has no " + what : "the client's " + what + " is unknown";
    }

    /** The condition in a few words: {@code domain-suffix a.example, b.example, … (7)}. */
    static String text(Condition condition) {
        if (condition instanceof Condition.Name name) {
            return name.kind().key() + " " + some(name.values());
        }
        if (condition instanceof Condition.InSet in) {
            return "rule-set " + some(in.sets());
        }
        if (condition instanceof Condition.InNetwork in) {
            return "ip-cidr " + some(in.networks());
        }
        if (condition instanceof Condition.InCountry in) {
            return "country " + some(in.codes());
        }
        if (condition instanceof Condition.InAsn in) {
            return "asn " + some(in.numbers());
        }
        if (condition instanceof Condition.Port port) {
            return "port " + some(port.ranges());
        }
        if (condition instanceof Condition.Source source) {
            return "source " + some(source.networks());
        }
        if (condition instanceof Condition.SourcePort port) {
            return "source-port " + some(port.ranges());
        }
        if (condition instanceof Condition.Network network) {
            return "network " + some(List.copyOf(network.transports()));
        }
        if (condition instanceof Condition.Word word) {
            return word.kind().key() + " " + some(word.values());
        }
        if (condition instanceof Condition.Not not) {
            return "not (" + text(not.part()) + ")";
        }
        boolean all = condition instanceof Condition.All;
        List<Condition> parts = all ? ((Condition.All) condition).parts() : ((Condition.Any) condition).parts();
        return parts.stream().map(Reasons::text).collect(Collectors.joining(all ? " and " : " or ", "(", ")"));
    }

    private static String some(List<?> values) {
        String shown = values.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
        return values.size() <= SHOWN ? shown : shown + ", … (" + values.size() + ")";
    }
}

package dev.fenliu.route;

import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question as conditions see it.
 *
 * @param name what domain conditions compare: the name that the client asked for, or, when it asked for an address, the
 *     one that its first bytes named; null when there is none
 * @param literal the address that the client asked for; null when it asked for a name
 * @param resolved the addresses of the name; null when it has not been looked up
 * @param awaitsBytes whether the first bytes may still be looked at
 */
record Facts(
        Flow flow,
        @Nullable String name,
        @Nullable InetAddress literal,
        @Nullable List<InetAddress> resolved,
        @Nullable String protocol,
        @Nullable String process,
        @Nullable Device device,
        boolean awaitsBytes) {
    static Facts of(Question question, boolean awaitsBytes) {
        Host host = question.flow().destination().host();
        return new Facts(
                question.flow(),
                host instanceof Host.Name name
                        ? name.value()
                        : question.sniffed().map(Host.Name::value).orElse(null),
                host instanceof Host.Address address ? address.value() : null,
                question.addresses().orElse(null),
                question.protocol().orElse(null),
                question.process().orElse(null),
                question.device().orElse(null),
                awaitsBytes);
    }

    /** The same as long as no rule has asked for the addresses of the name. */
    Facts beforeLookUp() {
        return resolved == null ? this : new Facts(flow, name, literal, null, protocol, process, device, awaitsBytes);
    }

    /** The same with those addresses of the name alone that {@code lookUp} allows to compare. */
    Facts seenBy(Condition.LookUp lookUp) {
        boolean same = switch (lookUp) {
            case ASK -> true;
            case KNOWN -> resolved != null;
            case NEVER -> resolved != null && resolved.isEmpty();
        };
        return same || literal != null
                ? this
                : new Facts(flow, name, null, List.of(), protocol, process, device, awaitsBytes);
    }
}

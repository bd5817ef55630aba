package dev.fenliu.lan;

import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a DHCP server lent to a device.
 *
 * @param name what the device calls itself, in the form of {@link #name}
 * @param ends when others may get the address; {@link Instant#MIN} when it was given back
 */
record Lease(InetAddress address, Optional<Mac> mac, Optional<String> name, Instant ends) {
    /**
     * Names that programs trust without having been told to, or that stand for something else here: a device that calls
     * itself wpad would otherwise give all browsers their proxy (CERT VU#598349).
     */
    private static final Set<String> NEVER = Set.of("wpad", "isatap", "localhost", "local", "lan", "internal");

    /**
     * The name of a device out of what it told: normalised, without the domain of the local network. Whoever calls itself
     * by a name of the world has none.
     */
    static Optional<String> name(@Nullable String told) {
        try {
            if (told == null || !(Host.parse(told) instanceof Host.Name host)) {
                return Optional.empty();
            }
            String name = withoutDomain(host.value());
            return name.indexOf('.') >= 0 || NEVER.contains(name) ? Optional.empty() : Optional.of(name);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // no name that anybody could ask for
        }
    }

    /** The same name without the local network's domain, if it has one. */
    static String withoutDomain(String host) {
        for (String domain : Leases.DOMAINS) {
            if (host.endsWith("." + domain)) {
                return host.substring(0, host.length() - domain.length() - 1);
            }
        }
        return host;
    }

    boolean holds(Instant now) {
        return now.isBefore(ends);
    }
}

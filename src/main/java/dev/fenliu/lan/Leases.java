package dev.fenliu.lan;

import dev.fenliu.model.Mac;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The leases of the DHCP servers at one moment. The end of a lease frees its address, but a device keeps its name.
 * Immutable.
 */
public final class Leases {
    /**
     * The domains that mean something in one network only: RFC 6762 (local), RFC 8375 (home.arpa), ICANN's reservation of
     * internal, and what routers use.
     */
    public static final Set<String> DOMAINS = Set.of("local", "lan", "internal", "home.arpa");

    /** No files. */
    public static final Leases NONE = new Leases(List.of(), Instant.EPOCH, true);

    private final Map<InetAddress, Lease> holding = new LinkedHashMap<>();
    private final Map<Mac, String> names = new HashMap<>();
    private final Map<String, List<InetAddress>> addresses = new HashMap<>();
    private final boolean complete;

    /** When the first of them ends. */
    private final Instant end;

    /**
     * Sorts them.
     *
     * @param all at most one for an address; of two that claim a name, the first has it
     * @param complete whether there is no other
     */
    Leases(Collection<Lease> all, Instant now, boolean complete) {
        this.complete = complete;
        Instant first = Instant.MAX;
        Map<Mac, Lease> latest = new HashMap<>();
        for (Lease lease : all) {
            if (lease.holds(now)) {
                holding.putIfAbsent(lease.address(), lease);
                first = lease.ends().isBefore(first) ? lease.ends() : first;
            }
            if (lease.mac().isPresent() && lease.name().isPresent()) {
                latest.merge(lease.mac().get(), lease, (a, b) -> b.ends().isBefore(a.ends()) ? a : b);
            }
        }
        this.end = first;
        latest.forEach((mac, lease) -> names.put(mac, lease.name().orElseThrow()));
        holding.values().forEach(this::name);
    }

    private void name(Lease lease) {
        if (lease.name().isEmpty()) {
            return;
        }
        List<InetAddress> known = addresses.computeIfAbsent(lease.name().get(), name -> new ArrayList<>(1));
        boolean four = lease.address() instanceof Inet4Address;
        boolean taken = known.stream()
                .filter(address -> address instanceof Inet4Address == four)
                .map(holding::get)
                .anyMatch(other ->
                        other != null && (other.mac().isEmpty() || !other.mac().equals(lease.mac())));
        if (!taken) {
            known.add(lease.address());
        }
    }

    /** Whether a name has a single label beside the local domain, if it has that: nobody in the world can own it. */
    public static boolean isLocal(String host) {
        return Lease.withoutDomain(host).indexOf('.') < 0;
    }

    boolean complete() {
        return complete;
    }

    /** Whether it is still as it was: no lease has ended. */
    boolean holds(Instant now) {
        return now.isBefore(end);
    }

    Collection<Lease> holding() {
        return holding.values();
    }

    /** The name of the device with this hardware address, or, if that is unknown, with this address. */
    Optional<String> deviceName(InetAddress address, Optional<Mac> mac) {
        Optional<String> own = mac.map(names::get);
        if (own.isPresent()) {
            return own;
        }
        Lease lease = holding.get(address);
        boolean others = lease != null
                && mac.isPresent()
                && lease.mac().isPresent()
                && !lease.mac().equals(mac);
        return lease == null || others ? Optional.empty() : lease.name();
    }

    /**
     * The addresses of the device with this name.
     *
     * @param host as it is asked for: alone, or in one of {@link #DOMAINS}; normalised
     * @return null when no device is called so
     */
    public @Nullable List<InetAddress> find(String host) {
        return addresses.get(Lease.withoutDomain(host));
    }

    /** The name of the device that has this address, in the domain {@code lan}; null when there is none. */
    public @Nullable String nameOf(InetAddress address) {
        Lease lease = holding.get(address);
        return lease == null
                        || lease.name().isEmpty()
                        || !addresses
                                .getOrDefault(lease.name().get(), List.of())
                                .contains(address)
                ? null
                : lease.name().get() + ".lan";
    }
}

package dev.fenliu.dns;

import dev.fenliu.lan.Leases;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Names whose addresses are known without asking: those of the config, of the system's hosts file, {@code localhost}
 * with all below it (RFC 6761 section 6.3), and after all these the devices with a DHCP lease. Safe for concurrent use.
 */
final class HostsTable {
    private static final long MAX_FILE = 16 << 20;

    /** Seconds for which clients may keep what can change with the next reload. */
    private static final int TTL = 60;

    /** Seconds for what changes when a device comes or goes. */
    private static final int LEASE_TTL = 10;

    private static final List<InetAddress> LOOPBACK = List.of(
            Addresses.of(new byte[] {127, 0, 0, 1}), // first: UDP takes the first, and IPv6 may be off
            Addresses.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));

    private final Map<String, List<InetAddress>> configured;
    private final Map<String, List<InetAddress>> system;

    private final Supplier<Leases> leases;

    /** One for each address. */
    private final Map<InetAddress, String> names;

    /**
     * Reads the system's file; one that is missing, unreadable or larger than 16 MiB counts as empty.
     *
     * @param configured as {@link DnsOptions.Local#hosts}
     * @param leases those of now
     */
    HostsTable(Map<String, List<InetAddress>> configured, Path file, Supplier<Leases> leases) {
        this.leases = leases;
        this.configured = Map.copyOf(configured);
        this.system = read(file);
        this.names = new HashMap<>();
        system.forEach((name, addresses) -> addresses.forEach(address -> names.putIfAbsent(address, name)));
        configured.forEach((name, addresses) -> addresses.forEach(address -> {
            if (!name.startsWith("*.")) {
                names.put(address, name);
            }
        }));
    }

    private static Map<String, List<InetAddress>> read(Path file) {
        try {
            if (Files.size(file) <= MAX_FILE) {
                return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            // as if empty: many systems have none
        }
        return Map.of();
    }

    /** {@code address name name… # comment} a line, as hosts(5) says; lines that are not like this are skipped. */
    static Map<String, List<InetAddress>> parse(String text) {
        Map<String, List<InetAddress>> out = new HashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.replaceFirst("#.*", "").strip().split("\\s+", -1);
            InetAddress address = Addresses.parse(words[0]);
            for (int i = 1; i < words.length && address != null; i++) {
                try {
                    List<InetAddress> known =
                            out.computeIfAbsent(Host.parse(words[i]).toString(), name -> new ArrayList<>(1));
                    if (!known.contains(address)) {
                        known.add(address);
                    }
                } catch (IllegalArgumentException e) {
                    // a name that no flow can ask for
                }
            }
        });
        return out;
    }

    /** The answer to a query about a name of the table, or about an address in it; null for all others. */
    @Nullable
    Answer answer(Query query, long now) {
        InetAddress whose = query.type() == Query.PTR ? LocalNames.address(query.host()) : null;
        if (whose != null) {
            String name = names.get(whose);
            String device = name == null ? leases.get().nameOf(whose) : null;
            return name != null
                    ? Answer.name(query, name, TTL, now)
                    : device == null ? null : Answer.name(query, device, LEASE_TTL, now);
        }
        List<InetAddress> found = fixed(query.host());
        if (found != null) {
            return Answer.addresses(query, found, TTL, now);
        }
        List<InetAddress> device = leases.get().find(query.host());
        return device == null ? null : Answer.addresses(query, device, LEASE_TTL, now);
    }

    /** The addresses of {@code name}, or null when it must be asked for. */
    @Nullable
    List<InetAddress> find(Host.Name name) {
        List<InetAddress> found = fixed(name.value());
        return found == null ? leases.get().find(name.value()) : found;
    }

    private @Nullable List<InetAddress> fixed(String host) {
        List<InetAddress> found = configured.get(host);
        for (int dot = host.indexOf('.'); dot >= 0 && found == null; dot = host.indexOf('.', dot + 1)) {
            found = configured.get("*" + host.substring(dot));
        }
        if (found == null && (host.equals("localhost") || host.endsWith(".localhost"))) {
            return LOOPBACK;
        }
        return found == null ? system.get(host) : found;
    }
}

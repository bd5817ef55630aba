package dev.fenliu.engine;

import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * For which names our DNS clients were told an address: that is what a flow to the bare address is about. What was asked
 * counts, not what an alias led to. Kept for six hours, the longest TTL that we tell: clients go on using an address for
 * longer than they were told to, as the ones that hold a connection for hours and come back. Holds at most
 * {@value #MOST} addresses of {@value #MOST_CLIENTS} clients; the oldest go, of the client first that has most. Safe for
 * concurrent use.
 */
final class AnsweredNames {
    static final int MOST = 32_768;
    static final int MOST_CLIENTS = 256;

    /** It may be a forwarder that asks for the whole house. */
    static final int MOST_OF_A_CLIENT = 16_384;

    /** Sites that share an address, as far as one client looks at them. */
    static final int MOST_NAMES = 16;

    static final Duration LIFE = Duration.ofHours(6);

    private final LongSupplier clock;

    /** The client that was told something longest ago comes first. */
    private final Map<InetAddress, Client> clients = new LinkedHashMap<>(16, 0.75f, true);

    private int size;

    /** @param clock monotonic, in nanoseconds */
    AnsweredNames(LongSupplier clock) {
        this.clock = clock;
    }

    /** A client was told these addresses for a name. */
    synchronized void tell(InetAddress client, Host.Name name, List<InetAddress> addresses) {
        if (addresses.isEmpty()) {
            return;
        }
        if (!clients.containsKey(client) && clients.size() == MOST_CLIENTS) {
            Iterator<Client> oldest = clients.values().iterator();
            size -= oldest.next().addresses.size();
            oldest.remove();
        }
        Client known = clients.computeIfAbsent(client, fresh -> new Client());
        for (InetAddress address : addresses) {
            size += known.tell(address, name, clock.getAsLong());
            if (known.addresses.size() > MOST_OF_A_CLIENT) {
                size -= known.forgetOldest();
            } else if (size > MOST) {
                size -= clients.values().stream()
                        .max(Comparator.comparingInt(one -> one.addresses.size()))
                        .map(Client::forgetOldest)
                        .orElse(0);
            }
        }
    }

    /**
     * The names that a client was told an address for, the latest first. Those that any client was told it for, when this
     * one was not: devices ask by IPv4 and connect by IPv6, or ask a forwarder that asks us.
     */
    synchronized List<Host.Name> names(InetAddress client, InetAddress address) {
        long now = clock.getAsLong();
        Client known = clients.get(client);
        List<Host.Name> names = known == null ? List.of() : known.names(address, now);
        return !names.isEmpty()
                ? names
                : clients.values().stream()
                        .flatMap(other -> other.names(address, now).stream())
                        .distinct()
                        .limit(MOST_NAMES)
                        .toList();
    }

    /** How many addresses are held. */
    synchronized int size() {
        return size;
    }

    /**
     * That a client was told an address for a name, and before for others. Immutable.
     *
     * @param at nanoseconds of the clock
     */
    private record Told(Host.Name name, long at, @Nullable Told before) {
        /** The same without a name, and without what is older than {@code most} others. */
        static @Nullable Told without(@Nullable Told told, Host.Name name, int most) {
            if (told == null || most == 0) {
                return null;
            }
            return told.name.equals(name)
                    ? without(told.before, name, most)
                    : new Told(told.name, told.at, without(told.before, name, most - 1));
        }
    }

    /** What one client was told. */
    private static final class Client {
        /** By address, the one told longest ago first. */
        private final Map<InetAddress, Told> addresses = new LinkedHashMap<>();

        /** @return how many more addresses there are */
        int tell(InetAddress address, Host.Name name, long now) {
            Told before = addresses.remove(address); // so that it comes last
            addresses.put(address, new Told(name, now, Told.without(before, name, MOST_NAMES - 1)));
            return before == null ? 1 : 0;
        }

        /** @return how many addresses are gone */
        int forgetOldest() {
            addresses.remove(addresses.keySet().iterator().next());
            return 1;
        }

        List<Host.Name> names(InetAddress address, long now) {
            List<Host.Name> names = new ArrayList<>();
            for (Told told = addresses.get(address); told != null; told = told.before) {
                if (now - told.at < LIFE.toNanos()) {
                    names.add(told.name);
                }
            }
            return names;
        }
    }
}

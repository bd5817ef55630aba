package dev.fenliu.engine;

import dev.fenliu.dns.FakeRanges;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which destinations a client may reach: never our own listeners, never port 25, never addresses that are no host;
 * loopback clients reach the rest, clients of the local network reach private addresses only where a rule names them,
 * remote users only where their listener allows it. Immutable.
 *
 * @param roles what kind each listener is, by name
 * @param own the addresses and ports of our listeners; 0.0.0.0 stands for every IPv4 address of this machine, [::] for
 *     every address
 * @param machine the addresses of this machine
 * @param fakes where fake addresses are; those that stand for a name never come here
 */
record Guards(Map<String, Role> roles, Set<InetSocketAddress> own, Set<InetAddress> machine, List<FakeRanges> fakes) {
    /** What kind of clients a listener has. */
    enum Role {
        LOCAL,
        /** Local ones that know of no proxy. */
        TRANSPARENT,
        REMOTE,
        REMOTE_WITH_PRIVATE
    }

    private static final int SMTP = 25;

    Guards {
        roles = Map.copyOf(roles);
        own = Set.copyOf(own);
        machine = Set.copyOf(machine);
        fakes = List.copyOf(fakes);
    }

    Guards(Map<String, Role> roles, Set<InetSocketAddress> own, Set<InetAddress> machine) {
        this(roles, own, machine, List.of());
    }

    /** The same, and fake addresses are there. */
    Guards withFakes(List<FakeRanges> ranges) {
        return new Guards(roles, own, machine, ranges);
    }

    /** The guards for listeners of these roles, bound to {@code addresses}. */
    static Guards of(Map<String, Role> roles, Collection<InetSocketAddress> addresses) {
        Set<InetAddress> machine = new HashSet<>();
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .forEach(address -> machine.add(Addresses.plain(address)));
        } catch (SocketException e) {
            // without the list, loopback and the bound addresses are still known
        }
        return new Guards(roles, new HashSet<>(addresses), machine);
    }

    /** Whether the clients of that listener know of no proxy. */
    boolean isTransparent(String listener) {
        return roles.get(listener) == Role.TRANSPARENT;
    }

    /** Whether the clients of that listener are of this network. */
    boolean isLocal(String listener) {
        Role role = roles.get(listener);
        return role == Role.LOCAL || role == Role.TRANSPARENT;
    }

    /** Whether there is one whose clients know of no proxy. */
    boolean hasTransparent() {
        return roles.containsValue(Role.TRANSPARENT);
    }

    /**
     * The guard of one flow.
     *
     * @param meant whether the rule that decided looked at the destination's host
     */
    Dial.Guard of(Flow flow, boolean meant) {
        Role role = roles.getOrDefault(flow.listener(), Role.REMOTE);
        boolean local = role == Role.LOCAL || role == Role.TRANSPARENT;
        boolean loopback = local && flow.source().getAddress().isLoopbackAddress();
        boolean privately = loopback || role == Role.REMOTE_WITH_PRIVATE || local && meant;
        return (address, transport) -> check(address, loopback || role == Role.REMOTE_WITH_PRIVATE, privately);
    }

    /** Judges the destination of a flow as far as it is known without a look-up. */
    @Nullable
    Failure check(Flow flow, boolean meant) {
        if (flow.destination().port() == SMTP) {
            return new Failure(Failure.Kind.FORBIDDEN, "port 25 is not served");
        }
        return flow.destination().host() instanceof Host.Address address
                ? of(flow, meant)
                        .check(
                                new InetSocketAddress(
                                        address.value(), flow.destination().port()),
                                Transport.TCP)
                : null;
    }

    private @Nullable Failure check(InetSocketAddress socket, boolean loopbackToo, boolean privateToo) {
        InetAddress address = socket.getAddress();
        if (isOwn(address, socket.getPort())) {
            return new Failure(Failure.Kind.LOOP, "the destination is a listener of this proxy itself");
        }
        if (fakes.stream().anyMatch(range -> range.contain(address))) {
            return new Failure(
                    Failure.Kind.UNRESOLVED,
                    "the fake address " + Addresses.text(address)
                            + " stands for no name any more: the client should look its name up again");
        }
        byte[] bytes = address.getAddress();
        if (address.isAnyLocalAddress()
                || address.isMulticastAddress()
                || bytes.length == 4 && (bytes[0] == 0 || (bytes[0] & 0xff) >= 240)) {
            return new Failure(Failure.Kind.FORBIDDEN, Addresses.text(address) + " is not the address of a host");
        }
        boolean internal = Addresses.isInternal(address);
        boolean allowed = !internal || (Addresses.isPrivate(address) ? privateToo : loopbackToo);
        return allowed ? null : new Failure(Failure.Kind.FORBIDDEN, Addresses.text(address) + " is a private address");
    }

    private boolean isOwn(InetAddress address, int port) {
        for (InetSocketAddress listener : own) {
            if (listener.getPort() != port) {
                continue;
            }
            boolean everywhere = listener.getAddress().isAnyLocalAddress()
                    && (listener.getAddress() instanceof Inet6Address || address instanceof Inet4Address);
            if (listener.getAddress().equals(address)
                    || address.isAnyLocalAddress()
                    || everywhere && (address.isLoopbackAddress() || machine.contains(address))) {
                return true;
            }
        }
        return false;
    }
}

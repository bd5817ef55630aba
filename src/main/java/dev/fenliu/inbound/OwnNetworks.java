package dev.fenliu.inbound;

import dev.fenliu.model.Addresses;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The networks that this machine has an address in. Homes have public IPv6 addresses, of a network that their provider may
 * change any day: whoever is in none of those known is looked for anew, at most once in ten seconds. Thread-safe.
 */
final class OwnNetworks {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * An address of this machine and the length of its network's prefix.
     *
     * @param home whether a home's network is there: the interface has a private IPv4 address too
     */
    record Network(InetAddress address, int prefix, boolean home) {
        boolean contains(InetAddress other) {
            byte[] here = address.getAddress();
            byte[] there = other.getAddress();
            if (here.length != there.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                if (((here[bit >> 3] ^ there[bit >> 3]) & (0x80 >> (bit & 7))) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private record Known(List<Network> networks, long since) {}

    private static volatile Known known = new Known(List.of(), System.nanoTime() - FRESH_NANOS);

    private OwnNetworks() {}

    /** Whether {@code source}, which has no zone, is in one of them. */
    static boolean contain(InetAddress source) {
        return any(network -> network.contains(source));
    }

    /**
     * Whether {@code source} is in the IPv6 network of a home: its machines have public addresses there, and are no more
     * strangers than they are by their private IPv4 addresses.
     */
    static boolean containAtHome(InetAddress source) {
        return source instanceof Inet6Address && any(network -> network.home && network.contains(source));
    }

    private static boolean any(Predicate<Network> matches) {
        Known now = known;
        if (now.networks.stream().anyMatch(matches)) {
            return true;
        }
        if (System.nanoTime() - now.since < FRESH_NANOS) {
            return false;
        }
        known = new Known(look(), System.nanoTime());
        return known.networks.stream().anyMatch(matches);
    }

    private static List<Network> look() {
        List<Network> networks = new ArrayList<>();
        try {
            NetworkInterface.networkInterfaces().forEach(one -> {
                boolean home = one.inetAddresses()
                        .anyMatch(address -> address instanceof Inet4Address && Addresses.isPrivate(address));
                for (InterfaceAddress address : one.getInterfaceAddresses()) {
                    if (address.getNetworkPrefixLength() > 0) {
                        networks.add(new Network(address.getAddress(), address.getNetworkPrefixLength(), home));
                    }
                }
            });
        } catch (SocketException e) {
            // private networks are served all the same
        }
        return List.copyOf(networks);
    }
}

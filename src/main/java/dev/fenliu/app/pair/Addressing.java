package dev.fenliu.app.pair;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** What the rented machine can tell of its own place in the network. */
public final class Addressing {
    /** Of networks for documentation: the way there is the way to the internet. Nothing is sent. */
    private static final List<InetAddress> ELSEWHERE = List.of(
            Addresses.of(new byte[] {(byte) 198, 51, 100, 1}),
            Addresses.of(new byte[] {0x20, 0x01, 0x0d, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));

    /** Where a server is least conspicuous. */
    public static final int HTTPS = 443;

    private static final int FIRST_HIGH = 20_000;
    private static final int LAST_HIGH = 32_000; // below where systems take the ports of their own connections from

    private Addressing() {}

    /** The addresses by which this machine goes to the internet, then all others that are no loopback; IPv4 first. */
    public static List<InetAddress> all() {
        Stream<InetAddress> ways = ELSEWHERE.stream().map(Addressing::way).flatMap(Optional::stream);
        return Stream.concat(ways, own().filter(address -> address instanceof Inet4Address))
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .filter(address -> !address.isAnyLocalAddress())
                .map(Addresses::plain)
                .distinct()
                .toList();
    }

    /** The first that the internet can reach; empty behind address translation. */
    public static Optional<Host> publicAddress() {
        return all().stream()
                .filter(address -> !Addresses.isInternal(address))
                .<Host>map(Host::of)
                .findFirst();
    }

    private static Optional<InetAddress> way(InetAddress there) {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.connect(new InetSocketAddress(there, 9));
            return Optional.of(socket.getLocalAddress());
        } catch (IOException | RuntimeException e) {
            return Optional.empty(); // no way there
        }
    }

    private static Stream<InetAddress> own() {
        try {
            return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses);
        } catch (SocketException e) {
            return Stream.empty();
        }
    }

    /** The address to listen on for all: both families where the system has both. */
    public static InetAddress everywhere() {
        boolean both = own().anyMatch(address -> address instanceof Inet6Address);
        return Addresses.of(new byte[both ? 16 : 4]);
    }

    /** 443 if it can be had, else any high port that is free. */
    public static int freePort() {
        if (isFree(HTTPS)) {
            return HTTPS;
        }
        int port = ThreadLocalRandom.current().nextInt(FIRST_HIGH, LAST_HIGH);
        while (!isFree(port)) {
            port = port == LAST_HIGH ? FIRST_HIGH : port + 1;
        }
        return port;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(everywhere(), port));
            return true;
        } catch (IOException e) {
            return false; // taken, or not permitted
        }
    }
}

package dev.fenliu.inbound;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Which source addresses a listener serves. */
public enum Access {
    /** This machine. */
    LOOPBACK,
    /** This machine, private networks, and the IPv6 network of the home, whatever address the listener is bound to. */
    LAN,
    /** The same, and the networks that this machine has an address in: those whose traffic it forwards. */
    ROUTED,
    /** Anybody: clients of a tunnel's server end prove themselves in its protocol. */
    ALL;

    /**
     * The access of a listener.
     *
     * @param remote whether it is the server end of a tunnel
     */
    public static Access of(ListenerSettings settings, boolean remote) {
        if (remote) {
            return ALL;
        }
        return settings.listen().getAddress().isLoopbackAddress() ? LOOPBACK : LAN;
    }

    /**
     * Why such a listener may not be opened, and how to change that: on any address but loopback, its clients must log
     * in or be declared trusted. Empty when all is well.
     *
     * @param users whether they can log in
     */
    public Optional<String> refusal(ListenerSettings settings, boolean users) {
        if (this != LAN || !settings.users().isEmpty() || settings.lanTrusted()) {
            return Optional.empty();
        }
        InetSocketAddress listen = settings.listen();
        return Optional.of("listener \"" + settings.name() + "\" would let anybody on the network use it: add"
                + (users ? " `users: {NAME: PASSWORD}`, or `lan: trusted` if no password is wanted" : " `lan: trusted`")
                + ", or listen on 127.0.0.1:"
                + listen.getPort());
    }

    /** Whether a client from {@code source} is served. */
    public boolean allows(InetAddress source) {
        InetAddress plain = Addresses.plain(source);
        return switch (this) {
            case LOOPBACK -> plain.isLoopbackAddress();
            case LAN -> plain.isLoopbackAddress() || Addresses.isPrivate(plain) || OwnNetworks.containAtHome(plain);
            case ROUTED -> LAN.allows(plain) || OwnNetworks.contain(plain);
            case ALL -> true;
        };
    }
}

package dev.fenliu.net;

import dev.fenliu.model.Addresses;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The socket options of Linux by which a listener gets what was sent to others (ip(7), ipv6(7), netfilter). */
public final class Interception {
    /** The lengths of {@code sockaddr_in} and {@code sockaddr_in6}, and where in them port and address are. */
    static final int NAME_4 = 16;

    static final int NAME_6 = 28;

    static final int IPV4 = 4;

    static final int IPV6 = 8;

    private static final int PORT = 2;

    private static final RawUnixChannelOption ORIGINAL_4 = new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, NAME_4);
    private static final RawUnixChannelOption ORIGINAL_6 =
            new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, NAME_6);
    private static final IntegerUnixChannelOption RECIPIENTS_6 =
            new IntegerUnixChannelOption("IPV6_RECVORIGDSTADDR", 41, 74);

    private Interception() {}

    /**
     * Lets a listener's socket take what TPROXY hands to it: connections then have the address that the client dialled as
     * their local one, and datagrams as their recipient.
     *
     * @throws IOException above all without CAP_NET_ADMIN
     */
    public static void take(Channel socket) throws IOException {
        mark(socket);
        set(socket, EpollChannelOption.IP_TRANSPARENT, true);
        if (socket instanceof EpollDatagramChannel datagrams) {
            set(datagrams, EpollChannelOption.IP_RECVORIGDSTADDR, true);
            if (!(datagrams.localAddress().getAddress() instanceof Inet4Address)) {
                set(datagrams, RECIPIENTS_6, 1);
                Recipients.tell(datagrams);
            }
        }
    }

    /** Marks a listener's socket, and so its connections, as ours. @throws IOException above all without CAP_NET_ADMIN */
    public static void mark(Channel socket) throws IOException {
        set(socket, Sockets.MARK, SocketOptions.OWN_MARK);
    }

    private static <T> void set(Channel socket, ChannelOption<T> option, T value) throws IOException {
        try {
            if (!socket.config().setOption(option, value)) {
                throw new IOException(option + " needs Linux on x86_64 or aarch64");
            }
        } catch (ChannelException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
        }
    }

    /** Where a connection went before REDIRECT turned it to us; null when it was not turned. */
    public static @Nullable InetSocketAddress redirected(Channel client) {
        InetSocketAddress remote = (InetSocketAddress) client.remoteAddress();
        boolean four = remote != null && Addresses.plain(remote.getAddress()) instanceof Inet4Address;
        try {
            ByteBuffer name = client.config().getOption(four ? ORIGINAL_4 : ORIGINAL_6);
            return name == null ? null : address(name, four);
        } catch (ChannelException e) {
            return null; // not known to the connection tracking
        }
    }

    /** A {@code sockaddr_in} or {@code sockaddr_in6}. */
    static InetSocketAddress address(ByteBuffer name, boolean four) {
        byte[] bytes = new byte[four ? 4 : 16];
        name.get(four ? IPV4 : IPV6, bytes);
        return new InetSocketAddress(
                Addresses.of(bytes),
                ((name.get(PORT) & 0xff) << 8) | (name.get(PORT + 1) & 0xff)); // in the order of the net
    }
}

package dev.fenliu.net;

import com.sun.jna.Native;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells clients that a UDP datagram of theirs found nobody, as the machine that they sent it to would: by an ICMP message
 * "port unreachable" (RFC 792; RFC 4443 section 3.1). Their system then fails the socket at once. Needs CAP_NET_RAW; without
 * it, and beyond {@value #MOST_PER_SECOND} messages a second, clients are told nothing. For one thread.
 */
public final class PortUnreachable implements AutoCloseable {
    static final int MOST_PER_SECOND = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(PortUnreachable.class);

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int RAW_CLOSE_ON_EXEC = 3 | 0x80000;

    /** The protocol with which the sender writes the whole IP header (raw(7)). */
    private static final int IPPROTO_RAW = 255;

    private static final int DONT_WAIT = 0x40;

    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int ICMP_6 = 58;
    private static final int HOPS = 64;
    private static final int HEADER_4 = 20;
    private static final int HEADER_6 = 40;
    private static final int CHECKSUM_4 = 10;
    private static final int ADDRESSES_6 = 8;
    private static final int ICMP_CHECKSUM = 2;
    private static final int EIGHT = 8;

    private static final int UNOPENED = -1;

    private int four = UNOPENED;
    private int six = UNOPENED;
    private boolean denied;
    private long second;
    private int sent;

    public PortUnreachable() {
        LibC.begin();
    }

    /**
     * Tells {@code client} that there is nobody at {@code asked}, an address of the same family, in whose name the
     * message goes.
     *
     * @param now of a clock that never goes back, in nanoseconds
     */
    public void tell(InetSocketAddress client, InetSocketAddress asked, long now) {
        LibC.Calls libc = LibC.calls();
        if (denied || libc == null || isTooMuch(now)) {
            return;
        }
        boolean ipv4 = client.getAddress() instanceof Inet4Address;
        int fd = ipv4 ? four : six;
        if (fd == UNOPENED) {
            fd = libc.socket(ipv4 ? AF_INET : AF_INET6, RAW_CLOSE_ON_EXEC, IPPROTO_RAW);
            if (fd < 0) {
                denied = true;
                LOG.warn(
                        "clients whose UDP is refused are not told, and wait: that needs CAP_NET_RAW (error {})",
                        Native.getLastError());
                return;
            }
            four = ipv4 ? fd : four;
            six = ipv4 ? six : fd;
        }
        byte[] message = message(client, asked);
        byte[] name = name(client.getAddress());
        libc.sendto(fd, message, message.length, DONT_WAIT, name, name.length); // lost, if it fails
    }

    private boolean isTooMuch(long now) {
        if (now - second >= TimeUnit.SECONDS.toNanos(1)) {
            second = now;
            sent = 0;
        }
        return ++sent > MOST_PER_SECOND;
    }

    @Override
    public void close() {
        LibC.Calls libc = LibC.calls();
        for (int fd : new int[] {four, six}) {
            if (libc != null && fd != UNOPENED) {
                libc.close(fd);
            }
        }
        four = UNOPENED;
        six = UNOPENED;
        denied = true;
    }

    /** A {@code sockaddr_in} or {@code sockaddr_in6} without a port. */
    private static byte[] name(InetAddress address) {
        boolean ipv4 = address instanceof Inet4Address;
        ByteBuffer name = ByteBuffer.allocate(ipv4 ? Interception.NAME_4 : Interception.NAME_6)
                .order(ByteOrder.nativeOrder())
                .putShort((short) (ipv4 ? AF_INET : AF_INET6));
        return name.position(ipv4 ? Interception.IPV4 : Interception.IPV6)
                .put(address.getAddress())
                .array();
    }

    /**
     * The message with its IP header. It quotes the datagram as one without payload: addresses and ports are what a
     * system looks at.
     */
    static byte[] message(InetSocketAddress client, InetSocketAddress asked) {
        byte[] here = client.getAddress().getAddress();
        byte[] there = asked.getAddress().getAddress();
        boolean ipv4 = client.getAddress() instanceof Inet4Address;
        int quoted = (ipv4 ? HEADER_4 : HEADER_6) + EIGHT;
        ByteBuffer out = ByteBuffer.allocate(2 * quoted);
        header(out, ipv4 ? ICMP : ICMP_6, EIGHT + quoted, there, here);
        int icmp = out.position();
        out.put((byte) (ipv4 ? 3 : 1)).put((byte) (ipv4 ? 3 : 4)).putShort((short) 0);
        out.putInt(0);
        header(out, UDP, EIGHT, here, there);
        out.putShort((short) client.getPort()).putShort((short) asked.getPort());
        out.putShort((short) EIGHT).putShort((short) 0);
        int pseudo = ipv4 ? 0 : ICMP_6 + EIGHT + quoted; // RFC 4443 section 2.3: the addresses just before count too
        int from = ipv4 ? icmp : ADDRESSES_6;
        return out.putShort(icmp + ICMP_CHECKSUM, checksum(out, from, out.capacity(), pseudo))
                .array();
    }

    private static void header(ByteBuffer out, int protocol, int length, byte[] from, byte[] to) {
        int start = out.position();
        if (from.length == 4) {
            out.putShort((short) 0x4500).putShort((short) (HEADER_4 + length)).putInt(0);
            out.put((byte) HOPS).put((byte) protocol).putShort((short) 0);
        } else {
            out.putInt(0x6000_0000).putShort((short) length);
            out.put((byte) protocol).put((byte) HOPS);
        }
        out.put(from).put(to);
        if (from.length == 4) {
            out.putShort(start + CHECKSUM_4, checksum(out, start, start + HEADER_4, 0));
        }
    }

    /** Of an even number of bytes (RFC 1071). */
    private static short checksum(ByteBuffer bytes, int from, int to, int start) {
        int sum = start;
        for (int at = from; at < to; at += 2) {
            sum += bytes.getShort(at) & 0xffff;
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (short) ~sum;
    }
}

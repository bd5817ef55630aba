package dev.fenliu.net;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Linux's table of the machines on our links, for IPv4 and IPv6 alike: an RTM_GETNEIGH dump (rtnetlink(7)). */
public final class NeighbourTable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
    private static final int NETLINK_ROUTE = 0;
    private static final int DONT_WAIT = 0x40;

    private static final int HEADER = 16; // struct nlmsghdr
    private static final int ENTRY = 12; // struct ndmsg
    private static final int STATE = 8;

    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_GETNEIGH = 30;
    private static final int REQUEST_DUMP = 0x301;

    private static final int NUD_NOARP = 0x40;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_CACHEINFO = 3;

    private static final int ROOM = 1 << 16;

    /** No table of ours is larger: the kernel keeps 1024 entries by default. */
    private static final int MAX_ENTRIES = 1 << 16;

    /** {@code USER_HZ}, the unit of the ages, in milliseconds. */
    private static final int TICK = 10;

    private NeighbourTable() {}

    /**
     * Reads the table. Takes about a millisecond, and more when the C library has to be loaded first: not for an event loop.
     *
     * @throws IOException if this system has none, or does not let us see it
     */
    public static List<Neighbour> read() throws IOException {
        LibC.Calls libc = LibC.loaded();
        if (libc == null) {
            throw new IOException("the C library cannot be called");
        }
        int fd;
        try {
            fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
        } catch (LinkageError e) {
            throw new IOException("this system has no rtnetlink", e);
        }
        if (fd < 0) {
            throw new IOException("no netlink socket may be opened");
        }
        try {
            byte[] ask = question();
            if (libc.send(fd, ask, ask.length, 0) != ask.length) {
                throw new IOException("netlink takes no question");
            }
            List<Neighbour> found = new ArrayList<>();
            byte[] answer = new byte[ROOM];
            while (found.size() < MAX_ENTRIES) {
                long length = libc.recv(fd, answer, answer.length, DONT_WAIT);
                if (length <= 0) {
                    throw new IOException("netlink ends before its answer does");
                }
                if (parse(ByteBuffer.wrap(answer, 0, (int) length).order(ByteOrder.nativeOrder()), found)) {
                    break;
                }
            }
            return found;
        } finally {
            libc.close(fd);
        }
    }

    private static byte[] question() {
        ByteBuffer ask = ByteBuffer.allocate(HEADER + ENTRY).order(ByteOrder.nativeOrder());
        ask.putInt(ask.capacity()).putShort((short) RTM_GETNEIGH).putShort((short) REQUEST_DUMP);
        return ask.array(); // the rest is zero: any family, any interface
    }

    /**
     * Adds the entries with a hardware address of 48 bits to {@code found}.
     *
     * @param messages some of the answer, in the byte order of the machine
     * @return whether the answer ends here
     * @throws IOException if it is an error, or is cut
     */
    static boolean parse(ByteBuffer messages, List<Neighbour> found) throws IOException {
        while (messages.remaining() >= HEADER) {
            int start = messages.position();
            int length = messages.getInt(start);
            int type = messages.getShort(start + 4) & 0xffff;
            if (length < HEADER || length > messages.remaining()) {
                throw new IOException("netlink sent a message that is cut");
            }
            if (type == NLMSG_DONE) {
                return true;
            }
            if (type == NLMSG_ERROR) {
                throw new IOException("netlink refuses to tell the neighbours");
            }
            if (type == RTM_NEWNEIGH && length >= HEADER + ENTRY) {
                ByteBuffer entry =
                        messages.slice(start + HEADER, length - HEADER).order(messages.order());
                Neighbour neighbour = entry(entry);
                if (neighbour != null) {
                    found.add(neighbour);
                }
            }
            messages.position(Math.min(messages.limit(), start + aligned(length)));
        }
        return false;
    }

    private static @Nullable Neighbour entry(ByteBuffer entry) {
        if ((entry.getShort(STATE) & NUD_NOARP) != 0) {
            return null; // the loopback, and groups
        }
        InetAddress address = null;
        Mac mac = null;
        Duration seen = Duration.ZERO;
        for (int at = ENTRY; at + 4 <= entry.limit(); ) {
            int length = entry.getShort(at) & 0xffff;
            if (length < 4 || length > entry.limit() - at) {
                return null;
            }
            byte[] value = new byte[length - 4];
            entry.get(at + 4, value);
            int kind = entry.getShort(at + 2);
            if (kind == NDA_DST && (value.length == 4 || value.length == 16)) {
                address = Addresses.of(value);
            } else if (kind == NDA_LLADDR && value.length == 6) {
                mac = Mac.of(value, 0);
            } else if (kind == NDA_CACHEINFO && value.length >= 4) {
                seen = Duration.ofMillis(TICK * (entry.getInt(at + 4) & 0xffff_ffffL));
            }
            at += aligned(length);
        }
        return address == null || mac == null ? null : new Neighbour(address, mac, seen);
    }

    private static int aligned(int length) {
        return length + 3 & ~3;
    }
}

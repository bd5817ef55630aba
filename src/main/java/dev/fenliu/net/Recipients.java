package dev.fenliu.net;

import com.sun.jna.Memory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells where the datagrams of an IPv6 socket were sent to, which Netty knows of IPv4 sockets alone: the next datagram is
 * looked at just before it is read. Confined to the socket's event loop.
 */
final class Recipients extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Recipients.class);

    private static final int PEEK_NOW = 0x02 | 0x40; // MSG_PEEK | MSG_DONTWAIT

    /** Of {@code struct msghdr} on 64 bits: a pointer and a length each for name, buffers and control data, then flags. */
    private static final int HEADER = 56;

    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int ROOM = 256;

    /** Of {@code struct cmsghdr}: length, level, type, then data, all at multiples of eight. */
    private static final int LEVEL = 8;

    private static final int TYPE = 12;
    private static final int DATA = 16;

    private static final int SOL_IP = 0;
    private static final int IP_ORIGDSTADDR = 20;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_ORIGDSTADDR = 74;

    private final int fd;
    /** The header, then the control data; of the C library's, which must be there first. */
    private @Nullable Memory memory;

    private @Nullable InetSocketAddress next;
    private boolean warned;

    private Recipients(int fd) {
        this.fd = fd;
    }

    private Memory memory() {
        if (memory == null) {
            memory = new Memory(HEADER + ROOM);
            memory.clear();
            memory.setPointer(CONTROL, memory.share(HEADER));
        }
        return memory;
    }

    /** From now on the datagrams of {@code socket} have their recipient; one of which nobody knows it has the socket's. */
    static void tell(EpollDatagramChannel socket) {
        LibC.begin(); // datagrams that come before its end get lost
        socket.eventLoop().execute(() -> {
            if (socket.isOpen()
                    && socket.pipeline().get(Recipients.class) == null
                    && socket.config().getRecvByteBufAllocator() instanceof DatagramReads reads) {
                Recipients recipients = new Recipients(socket.fd().intValue());
                socket.pipeline().addFirst(recipients);
                reads.before(recipients::look);
            }
        });
    }

    private void look() {
        next = null;
        LibC.Calls libc = LibC.calls();
        if (libc == null) {
            if (!warned && !LibC.isLoading()) {
                warned = true;
                LOG.warn(
                        "UDP over IPv6 is not taken over: the C library cannot be called, perhaps because {} is mounted"
                                + " noexec",
                        System.getProperty("java.io.tmpdir"));
            }
            return;
        }
        Memory memory = memory();
        memory.setLong(CONTROL_LENGTH, ROOM);
        if (libc.recvmsg(fd, memory, PEEK_NOW) >= 0) {
            next = find(memory.getByteBuffer(HEADER, Math.min(ROOM, memory.getLong(CONTROL_LENGTH))));
        }
    }

    /** The original destination among control data; null when they do not tell. */
    static @Nullable InetSocketAddress find(ByteBuffer control) {
        int at = 0;
        while (at + DATA <= control.limit()) {
            long length = control.getLong(at);
            if (length < DATA || length > control.limit() - at) {
                return null;
            }
            int level = control.getInt(at + LEVEL);
            int type = control.getInt(at + TYPE);
            boolean four = level == SOL_IP && type == IP_ORIGDSTADDR;
            if (four || level == SOL_IPV6 && type == IPV6_ORIGDSTADDR) {
                boolean whole = length >= DATA + (four ? Interception.NAME_4 : Interception.NAME_6);
                return whole ? Interception.address(control.slice(at + DATA, (int) length - DATA), four) : null;
            }
            at += (int) (length + 7) & ~7;
        }
        return null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        InetSocketAddress recipient = next;
        next = null;
        ctx.fireChannelRead(
                recipient != null && message instanceof DatagramPacket packet
                        ? new DatagramPacket(packet.content(), recipient, packet.sender())
                        : message);
    }
}

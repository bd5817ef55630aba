package dev.fenliu.tunnel.vless;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.PacketFraming;
import dev.fenliu.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of the one session in which clients send the datagrams of an association, each with its address (XUDP, a
 * use of V2Ray's Mux.Cool). A frame is {@code length session status option [network address [id]] [length payload]}, where
 * the first length is that of what follows up to the second one. Any other session ends the stream.
 */
final class MuxFraming implements PacketFraming {
    private static final int NEW = 1;
    private static final int KEEP = 2;
    private static final int END = 3;
    private static final int KEEP_ALIVE = 4;
    private static final int DATA = 1;
    private static final int ERROR = 2;
    private static final int UDP = 2;

    /** Session, status and option. */
    private static final int LEAST = 4;

    private static final int MOST = 512;

    private int session = -1;
    /** Where datagrams go that name nobody. */
    private @Nullable Destination first;

    @Override
    public @Nullable Packet read(ByteBuf in) throws GarbageException {
        while (in.readableBytes() >= 2 + LEAST) {
            int start = in.readerIndex();
            int length = in.getUnsignedShort(start);
            if (length < LEAST || length > MOST) {
                throw new GarbageException("a frame's head of " + length + " bytes");
            }
            int option = in.getByte(start + 5);
            int head = 2 + length + ((option & DATA) == 0 ? 0 : 2);
            if (in.readableBytes() < head) {
                return null;
            }
            int payload = (option & DATA) == 0 ? 0 : in.getUnsignedShort(start + 2 + length);
            if (in.readableBytes() < head + payload) {
                return null;
            }
            int status = in.getByte(start + 4);
            Destination peer = peer(in.slice(start + 2, length));
            in.skipBytes(head);
            if ((option & DATA) != 0 && status != KEEP_ALIVE) {
                return new Packet(peer, in.readRetainedSlice(payload));
            }
            in.skipBytes(payload);
        }
        return null;
    }

    /** Reads a frame's head; null when its datagram is for nobody that can be reached. */
    private @Nullable Destination peer(ByteBuf head) throws GarbageException {
        int of = head.readUnsignedShort();
        int status = head.readByte();
        int option = head.readByte();
        switch (status) {
            case NEW -> {
                if (session >= 0 || !head.isReadable() || head.readByte() != UDP) {
                    throw new GarbageException("a session that is not for datagrams, or not the first one");
                }
                session = of;
                first = address(head);
            }
            case KEEP -> {
                if (of != session) {
                    throw new GarbageException("an unknown session");
                }
                if (head.isReadable() && head.readByte() == UDP) {
                    return address(head);
                }
            }
            case END -> throw new GarbageException("the client has ended the session");
            case KEEP_ALIVE -> {}
            default -> throw new GarbageException("status " + status);
        }
        if ((option & ERROR) != 0) {
            throw new GarbageException("the client has given up the session");
        }
        return first;
    }

    private static @Nullable Destination address(ByteBuf head) throws GarbageException {
        if (PortFirstAddress.length(head, head.readerIndex()) <= 0) {
            throw new GarbageException("no address");
        }
        return PortFirstAddress.read(head);
    }

    @Override
    public boolean writeHeader(Destination peer, int length, ByteBuf out) {
        if (session < 0) {
            return false;
        }
        int start = out.writerIndex();
        out.writeShort(0).writeShort(session).writeByte(KEEP).writeByte(DATA).writeByte(UDP);
        PortFirstAddress.write(peer, out);
        out.setShort(start, out.writerIndex() - start - 2);
        out.writeShort(length);
        return true;
    }
}

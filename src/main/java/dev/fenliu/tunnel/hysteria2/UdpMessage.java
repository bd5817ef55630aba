package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A datagram, or a piece of one, in a QUIC DATAGRAM frame: {@code session packet fragment count address payload}, the
 * address behind its length.
 *
 * @param packet the same for all pieces of a datagram; without meaning when there is one
 * @param fragment which piece it is, from 0
 * @param count how many pieces there are
 * @param peer null when it is nothing that can be reached
 * @param payload a slice of what it was read from, not retained
 */
record UdpMessage(
        int session,
        int packet,
        int fragment,
        int count,
        @Nullable Destination peer,
        ByteBuf payload) {
    private static final int FIXED = 4 + 2 + 1 + 1;
    private static final int MAX_ADDRESS = 2048;
    private static final int MAX_PIECES = 255;

    /** The most bytes of a datagram that its pieces may add up to: what UDP over IPv6 carries. */
    static final int MAX_PAYLOAD = 65_527;

    /** Reads what {@code in} consists of; null when it is none. */
    static @Nullable UdpMessage decode(ByteBuf in) {
        Fields fields = new Fields(in);
        int start = fields.skip(FIXED);
        long length = fields.number();
        if (!fields.whole() || length == 0 || length > MAX_ADDRESS) {
            return null;
        }
        int address = fields.skip((int) length);
        int payload = fields.index();
        int fragment = start < 0 ? 0 : in.getUnsignedByte(start + 6);
        int count = start < 0 ? 0 : Math.max(1, in.getUnsignedByte(start + 7));
        if (!fields.whole() || count > 1 && fragment >= count) {
            return null;
        }
        return new UdpMessage(
                in.getInt(start),
                in.getUnsignedShort(start + 4),
                fragment,
                count,
                TcpRequest.address(in, address, (int) length),
                in.slice(payload, in.writerIndex() - payload));
    }

    /**
     * Writes a datagram in as many messages as it takes.
     *
     * @param packet the number of the datagram, 1 to 65535, different from those of the session before it
     * @param most bytes of a message
     * @return in order; empty when they would be too many. The caller owns them, and still {@code payload}
     */
    static List<ByteBuf> encode(
            int session, int packet, Destination peer, ByteBuf payload, int most, ByteBufAllocator alloc) {
        String address = peer.toString();
        int header = FIXED + (address.length() < 1 << 6 ? 1 : 2) + address.length();
        int room = most - header;
        int length = payload.readableBytes();
        int count = length <= room ? 1 : room <= 0 ? MAX_PIECES + 1 : (length + room - 1) / room;
        if (count > MAX_PIECES || length > MAX_PAYLOAD) {
            return List.of();
        }
        List<ByteBuf> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int offset = i * room;
            int size = count == 1 ? length : Math.min(room, length - offset);
            ByteBuf out = alloc.directBuffer(header + size);
            out.writeInt(session)
                    .writeShort(count == 1 ? 0 : packet)
                    .writeByte(i)
                    .writeByte(count);
            Fields.write(out, address.length());
            ByteBufUtil.writeAscii(out, address);
            out.writeBytes(payload, payload.readerIndex() + (count == 1 ? 0 : offset), size);
            messages.add(out);
        }
        return messages;
    }
}

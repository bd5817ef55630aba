package dev.fenliu.tunnel.trojan;

import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A datagram in the stream: {@code address length CRLF payload}.
 *
 * @param peer null when it is nothing that can be reached
 * @param payload a retained slice of what it was read from; whoever takes the packet releases it
 */
record TrojanPacket(@Nullable Destination peer, ByteBuf payload) {
    /** The most bytes of payload. */
    static final int MAX_PAYLOAD = 65_535;

    /** The most bytes in front of the payload: with a name of 255. */
    static final int MAX_HEADER = SocksAddress.MAX_BYTES + 2 + 2;

    /**
     * Reads one datagram.
     *
     * @return null, and nothing is read, while it is not there as a whole
     * @throws GarbageException if it cannot become one
     */
    static @Nullable TrojanPacket decode(ByteBuf in) throws GarbageException {
        int start = in.readerIndex();
        int address = TrojanRequest.addressLength(in, start);
        if (address == 0) {
            return null;
        }
        int header = address + 4;
        if (!TrojanRequest.crlf(in, start + address + 2)) {
            return null;
        }
        int length = in.getUnsignedShort(start + address);
        if (in.readableBytes() < header + length) {
            return null;
        }
        Destination peer = SocksAddress.read(in);
        in.skipBytes(4);
        return new TrojanPacket(peer, in.readRetainedSlice(length));
    }

    /** Appends what stands in front of a payload of {@code length} bytes, at most {@link #MAX_PAYLOAD}. */
    static void encodeHeader(Destination peer, int length, ByteBuf out) {
        SocksAddress.write(peer, out);
        out.writeShort(length).writeShort(0x0d0a);
    }
}

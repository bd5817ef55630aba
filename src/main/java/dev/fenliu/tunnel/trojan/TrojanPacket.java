package dev.fenliu.tunnel.trojan;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.PacketFraming;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Datagrams in the stream: {@code address length CRLF payload}. */
final class TrojanPacket {
    /** The most bytes in front of the payload: with a name of 255. */
    static final int MAX_HEADER = SocksAddress.MAX_BYTES + 2 + 2;

    /** Keeps nothing, so one serves all. */
    static final PacketFraming FRAMING = new PacketFraming() {
        @Override
        public @Nullable Packet read(ByteBuf in) throws GarbageException {
            return decode(in);
        }

        @Override
        public boolean writeHeader(Destination peer, int length, ByteBuf out) {
            encodeHeader(peer, length, out);
            return true;
        }
    };

    private TrojanPacket() {}

    /**
     * Reads one datagram.
     *
     * @return null, and nothing is read, while it is not there as a whole
     * @throws GarbageException if it cannot become one
     */
    static PacketFraming.@Nullable Packet decode(ByteBuf in) throws GarbageException {
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
        return new PacketFraming.Packet(peer, in.readRetainedSlice(length));
    }

    /** Appends what stands in front of a payload of {@code length} bytes, at most {@link PacketFraming#MAX_PAYLOAD}. */
    static void encodeHeader(Destination peer, int length, ByteBuf out) {
        SocksAddress.write(peer, out);
        out.writeShort(length).writeShort(0x0d0a);
    }
}

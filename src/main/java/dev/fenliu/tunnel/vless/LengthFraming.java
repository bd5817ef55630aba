package dev.fenliu.tunnel.vless;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.PacketFraming;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams to one destination and back: {@code length payload}. What comes from elsewhere is not for this stream; where
 * the destination is a name, anybody at its port may be it.
 */
record LengthFraming(Destination destination) implements PacketFraming {
    @Override
    public @Nullable Packet read(ByteBuf in) {
        if (in.readableBytes() < 2) {
            return null;
        }
        int length = in.getUnsignedShort(in.readerIndex());
        if (in.readableBytes() < 2 + length) {
            return null;
        }
        in.skipBytes(2);
        return new Packet(destination, in.readRetainedSlice(length));
    }

    @Override
    public boolean writeHeader(Destination peer, int length, ByteBuf out) {
        boolean ours =
                destination.host() instanceof Host.Name ? peer.port() == destination.port() : peer.equals(destination);
        if (ours) {
            out.writeShort(length);
        }
        return ours;
    }
}

package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Seals the datagrams to one peer and opens those from it. Confined to one thread. */
interface PacketCodec {
    /** A datagram and the far address: where the client sends it, or where the server has it from. */
    record Datagram(Destination far, ByteBuf payload) {}

    /** The sealed datagram, owned by the caller; {@code payload} is read to its end, not released. */
    ByteBuf seal(Destination far, ByteBuf payload, ByteBufAllocator alloc);

    /**
     * Opens a datagram, which is read to its end but not released; the caller owns the payload.
     *
     * @throws Failure if it is forged, replayed or malformed
     */
    Datagram open(ByteBuf sealed, ByteBufAllocator alloc) throws Failure;
}

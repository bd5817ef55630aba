package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;

/** Recognises the datagram that opens a QUIC connection (RFC 9000 sections 14.1 and 17.2.2, RFC 9369 section 3). */
final class Quic {
    private static final int SMALLEST = 1200;
    private static final int VERSION_1 = 1;
    private static final int VERSION_2 = 0x6b3343cf;
    private static final int LONGEST_ID = 20;

    private Quic() {}

    static boolean isInitial(ByteBuf datagram) {
        if (datagram.readableBytes() < SMALLEST) {
            return false; // a client pads its Initial
        }
        int first = datagram.getUnsignedByte(0);
        int version = datagram.getInt(1);
        int initial = version == VERSION_1 ? 0xc0 : version == VERSION_2 ? 0xd0 : -1;
        int id = datagram.getUnsignedByte(5);
        return (first & 0xf0) == initial && id <= LONGEST_ID && datagram.getUnsignedByte(6 + id) <= LONGEST_ID;
    }
}

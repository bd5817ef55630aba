package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The destination in front of the payload: type, address, port, as in RFC 1928 section 5. */
final class AddressHeader {
    /** The most bytes a header has: a name of 255. */
    static final int MAX_BYTES = 1 + 1 + 255 + 2;

    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    /** What the decoder puts where bytes are no UTF-8. */
    private static final char NOT_UTF8 = '\ufffd';

    private AddressHeader() {}

    /** Appends the header; a name is sent as a name. */
    static void write(Destination destination, ByteBuf out) {
        if (destination.host() instanceof Host.Address address) {
            byte[] bytes = address.value().getAddress();
            out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
        } else {
            byte[] name = destination.host().toString().getBytes(StandardCharsets.US_ASCII);
            out.writeByte(NAME).writeByte(name.length).writeBytes(name);
        }
        out.writeShort(destination.port());
    }

    /**
     * Reads a header.
     *
     * @return null, and nothing is read, while it is not complete
     * @throws Failure if it is malformed or names no host that there can be
     */
    static @Nullable Destination read(ByteBuf in) throws Failure {
        int readable = in.readableBytes();
        if (readable < 2) {
            return null;
        }
        int start = in.readerIndex();
        int type = in.getUnsignedByte(start);
        int length = switch (type) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> in.getUnsignedByte(start + 1);
            default -> throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "address type " + type + " (expected: 1, 3, 4)");
        };
        int at = type == NAME ? 2 : 1;
        if (readable < at + length + 2) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.skipBytes(at).readBytes(bytes);
        int port = in.readUnsignedShort();
        try {
            return new Destination(type == NAME ? name(bytes) : Host.of(Addresses.of(bytes)), port);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, String.valueOf(e.getMessage()));
        }
    }

    private static Host name(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf(NOT_UTF8) >= 0) {
            throw new IllegalArgumentException("a name that is not UTF-8");
        }
        return Host.parse(text);
    }
}

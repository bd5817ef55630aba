package dev.fenliu.inbound.socks;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A host and a port, which may be 0, as SOCKS writes them: type, host, port (RFC 1928 section 5). */
record SocksAddress(Host host, int port) {
    private static final int V4 = 1;
    private static final int NAME = 3;
    private static final int V6 = 4;

    /**
     * How many bytes the address at the reader index takes, or -1 while too few are there to tell.
     *
     * @throws SocksRefusal if its type is unknown
     */
    static int length(ByteBuf in) throws SocksRefusal {
        if (!in.isReadable()) {
            return -1;
        }
        int type = in.getUnsignedByte(in.readerIndex());
        return switch (type) {
            case V4 -> 1 + 4 + 2;
            case V6 -> 1 + 16 + 2;
            case NAME -> in.readableBytes() < 2 ? -1 : 1 + 1 + in.getUnsignedByte(in.readerIndex() + 1) + 2;
            default -> throw new SocksRefusal(Socks5.ADDRESS_TYPE_NOT_SUPPORTED, "unknown address type " + type);
        };
    }

    /**
     * Reads an address that is there as a whole, and moves behind it even when it refuses it.
     *
     * @throws SocksRefusal if its type is unknown or its host malformed
     */
    static SocksAddress read(ByteBuf in) throws SocksRefusal {
        int end = in.readerIndex() + length(in);
        try {
            Host host = switch (in.readUnsignedByte()) {
                case V4 -> Host.of(address(in, 4));
                case V6 -> Host.of(address(in, 16));
                default -> name(in, in.readUnsignedByte());
            };
            return new SocksAddress(host, in.readUnsignedShort());
        } finally {
            in.readerIndex(end);
        }
    }

    /** Reads a host name of so many bytes. @throws SocksRefusal if it is none */
    static Host name(ByteBuf in, int length) throws SocksRefusal {
        ByteBuffer bytes = ByteBuffer.wrap(ByteBufUtil.getBytes(in, in.readerIndex(), length));
        in.skipBytes(length);
        try {
            return Host.parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw new SocksRefusal(Socks5.GENERAL_FAILURE, "malformed host");
        }
    }

    /** Reads an address of 4 or 16 bytes. */
    static InetAddress address(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return Addresses.of(bytes);
    }

    /** Appends an address, at most 259 bytes. */
    static void write(ByteBuf out, Host host, int port) {
        if (host instanceof Host.Address address) {
            byte[] bytes = address.value().getAddress();
            out.writeByte(bytes.length == 4 ? V4 : V6).writeBytes(bytes);
        } else {
            String name = host.toString(); // ASCII, at most 253 bytes
            out.writeByte(NAME).writeByte(name.length());
            out.writeCharSequence(name, StandardCharsets.US_ASCII);
        }
        out.writeShort(port);
    }

    /** The destination. @throws SocksRefusal if the port is 0 */
    Destination destination() throws SocksRefusal {
        if (port == 0) {
            throw new SocksRefusal(Socks5.GENERAL_FAILURE, "port 0");
        }
        return new Destination(host, port);
    }
}

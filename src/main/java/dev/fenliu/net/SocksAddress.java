package dev.fenliu.net;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A destination as SOCKS 5 writes it, and after it Shadowsocks and Trojan: type, host, port (RFC 1928 section 5). A name
 * goes as a name, so that the far end resolves it.
 */
public final class SocksAddress {
    /** The most bytes an address has: with a name of 255. */
    public static final int MAX_BYTES = 1 + 1 + 255 + 2;

    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private SocksAddress() {}

    /** How many bytes the address at {@code index} takes; 0 while it is not there as a whole, -1 if its type is unknown. */
    public static int length(ByteBuf in, int index) {
        int there = in.writerIndex() - index;
        if (there < 1) {
            return 0;
        }
        int length = switch (in.getByte(index)) {
            case IPV4 -> 1 + 4 + 2;
            case NAME -> there < 2 ? Integer.MAX_VALUE : 1 + 1 + in.getUnsignedByte(index + 1) + 2;
            case IPV6 -> 1 + 16 + 2;
            default -> -1;
        };
        return length <= there ? length : 0;
    }

    /**
     * Reads an address that is there as a whole, and moves behind it.
     *
     * @return null when it is well formed and yet nothing that can be reached: no host that there can be, or port 0
     */
    public static @Nullable Destination read(ByteBuf in) {
        Host host = switch (in.readByte()) {
            case IPV4 -> address(in, 4);
            case IPV6 -> address(in, 16);
            default -> name(in, in.readUnsignedByte());
        };
        int port = in.readUnsignedShort();
        return host == null || port == 0 ? null : new Destination(host, port);
    }

    private static Host address(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return Host.of(Addresses.of(bytes));
    }

    /** Reads a name, or an address as text, of so many bytes; null when it is none. */
    public static @Nullable Host name(ByteBuf in, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(ByteBufUtil.getBytes(in, in.readerIndex(), length));
        in.skipBytes(length);
        try {
            return Host.parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Appends an address. */
    public static void write(Destination destination, ByteBuf out) {
        if (destination.host() instanceof Host.Address address) {
            byte[] bytes = address.value().getAddress();
            out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
        } else {
            String name = destination.host().toString(); // at most 253 ASCII characters
            out.writeByte(NAME).writeByte(name.length());
            ByteBufUtil.writeAscii(out, name);
        }
        out.writeShort(destination.port());
    }
}

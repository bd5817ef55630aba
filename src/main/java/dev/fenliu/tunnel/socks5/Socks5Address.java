package dev.fenliu.tunnel.socks5;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Addresses as SOCKS 5 writes them: type, host, port (RFC 1928 section 5). */
final class Socks5Address {
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private Socks5Address() {}

    /** Names go as names, so that the far end resolves them. */
    static void write(Destination destination, ByteBuf out) {
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

    /**
     * The length in bytes of the address at the reader index of {@code in}: 0 when too few bytes are there to tell, -1
     * when its type is unknown.
     */
    static int length(ByteBuf in) {
        if (!in.isReadable()) {
            return 0;
        }
        return switch (in.getByte(in.readerIndex())) {
            case IPV4 -> 1 + 4 + 2;
            case IPV6 -> 1 + 16 + 2;
            case NAME -> in.readableBytes() < 2 ? 0 : 2 + in.getUnsignedByte(in.readerIndex() + 1) + 2;
            default -> -1;
        };
    }

    /** Reads the host of an address that is there in full; null when it is no host that we would dial. */
    static @Nullable Host readHost(ByteBuf in) {
        int type = in.readByte();
        if (type == NAME) {
            String name = in.readCharSequence(in.readUnsignedByte(), StandardCharsets.ISO_8859_1)
                    .toString();
            try {
                return Host.parse(name);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        byte[] bytes = new byte[type == IPV4 ? 4 : 16];
        in.readBytes(bytes);
        return Host.of(Addresses.of(bytes));
    }
}

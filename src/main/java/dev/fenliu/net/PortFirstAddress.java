package dev.fenliu.net;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * A destination as V2Ray's protocols write it: port, type, host. The types are not those of {@link SocksAddress}: 1 IPv4, 2
 * a name, 3 IPv6.
 */
public final class PortFirstAddress {
    /** The most bytes an address has: with a name of 255. */
    public static final int MAX_BYTES = 2 + 1 + 1 + 255;

    private static final int IPV4 = 1;
    private static final int NAME = 2;
    private static final int IPV6 = 3;

    private PortFirstAddress() {}

    /** How many bytes the address at {@code index} takes; 0 while it is not there as a whole, -1 if its type is unknown. */
    public static int length(ByteBuf in, int index) {
        int there = in.writerIndex() - index;
        if (there < 3) {
            return 0;
        }
        int length = switch (in.getByte(index + 2)) {
            case IPV4 -> 3 + 4;
            case NAME -> there < 4 ? Integer.MAX_VALUE : 4 + in.getUnsignedByte(index + 3);
            case IPV6 -> 3 + 16;
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
        int port = in.readUnsignedShort();
        Host host = switch (in.readByte()) {
            case IPV4 -> address(in, 4);
            case IPV6 -> address(in, 16);
            default -> SocksAddress.name(in, in.readUnsignedByte());
        };
        return host == null || port == 0 ? null : new Destination(host, port);
    }

    private static Host address(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return Host.of(Addresses.of(bytes));
    }

    /** Appends an address. */
    public static void write(Destination destination, ByteBuf out) {
        out.writeShort(destination.port());
        if (destination.host() instanceof Host.Address address) {
            byte[] bytes = address.value().getAddress();
            out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
        } else {
            String name = destination.host().toString(); // at most 253 ASCII characters
            out.writeByte(NAME).writeByte(name.length());
            ByteBufUtil.writeAscii(out, name);
        }
    }
}

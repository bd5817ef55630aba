package dev.fenliu.tunnel.trojan;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Where a request or a datagram goes: type, address or name, port, as in RFC 1928 section 5. */
final class AddressField {
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private AddressField() {}

    /** How many bytes the field at {@code index} has, or 0 while there are too few to tell. */
    static int length(ByteBuf in, int index) throws GarbageException {
        int available = in.writerIndex() - index;
        if (available < 1) {
            return 0;
        }
        return switch (in.getByte(index)) {
            case IPV4 -> 1 + 4 + 2;
            case NAME -> available < 2 ? 0 : 1 + 1 + in.getUnsignedByte(index + 1) + 2;
            case IPV6 -> 1 + 16 + 2;
            default -> throw new GarbageException("address type " + in.getUnsignedByte(index));
        };
    }

    /**
     * Reads the field at {@code index}, which is there as a whole, without moving the reader index.
     *
     * @return null when it is well formed and yet nothing that can be reached: {@code 0.0.0.0:0} says that there is
     *     nothing to say
     */
    static @Nullable Destination get(ByteBuf in, int index) {
        boolean name = in.getByte(index) == NAME;
        int start = index + (name ? 2 : 1);
        int end = index + length(in, index) - 2;
        byte[] bytes = new byte[end - start];
        in.getBytes(start, bytes);
        try {
            return new Destination(name ? name(bytes) : Host.of(Addresses.of(bytes)), in.getUnsignedShort(end));
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return null;
        }
    }

    private static Host name(byte[] bytes) throws CharacterCodingException {
        return Host.parse(StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString());
    }

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
}

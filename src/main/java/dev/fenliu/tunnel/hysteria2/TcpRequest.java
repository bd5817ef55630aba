package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a client says first on a stream: {@code 0x401, address, padding}, the latter two behind their lengths.
 *
 * @param destination null when the address is nothing that can be reached
 */
record TcpRequest(@Nullable Destination destination) {
    private static final int TYPE = 0x401;
    private static final int MAX_ADDRESS = 2048;

    /**
     * Reads a request.
     *
     * @return null, and nothing is read, while {@code in} holds only the beginning of one
     * @throws GarbageException as soon as {@code in} cannot become one
     */
    static @Nullable TcpRequest decode(ByteBuf in) throws GarbageException {
        Fields fields = new Fields(in);
        long type = fields.number();
        if (fields.whole() && type != TYPE) {
            throw new GarbageException("a stream of type " + type);
        }
        int length = fields.length(MAX_ADDRESS);
        if (fields.whole() && length == 0) {
            throw new GarbageException("no address");
        }
        int address = fields.skip(length);
        fields.skip(fields.length(Padding.MOST));
        if (!fields.whole()) {
            return null;
        }
        TcpRequest request = new TcpRequest(address(in, address, length));
        in.readerIndex(fields.index());
        return request;
    }

    /** The address that stands there as {@code host:port}; null when it is none. */
    static @Nullable Destination address(ByteBuf in, int index, int length) {
        try {
            return Destination.parse(in.toString(index, length, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Appends a request. */
    static void encode(Destination destination, ByteBuf out) {
        Fields.write(out, TYPE);
        writeText(destination.toString(), out);
        writeText(Padding.random(64, 512), out);
    }

    static void writeText(String ascii, ByteBuf out) {
        Fields.write(out, ascii.length());
        ByteBufUtil.writeAscii(out, ascii);
    }
}

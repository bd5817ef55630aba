package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What the server says first on a stream: a status, a message and padding, the latter two behind their lengths. */
record TcpResponse(boolean ok, String message) {
    private static final int MAX_MESSAGE = 2048;

    /**
     * Reads a response.
     *
     * @return null, and nothing is read, while {@code in} holds only the beginning of one
     * @throws GarbageException as soon as {@code in} cannot become one
     */
    static @Nullable TcpResponse decode(ByteBuf in) throws GarbageException {
        Fields fields = new Fields(in);
        int status = fields.octet();
        int length = fields.length(MAX_MESSAGE);
        int message = fields.skip(length);
        fields.skip(fields.length(Padding.MOST));
        if (!fields.whole()) {
            return null;
        }
        TcpResponse response = new TcpResponse(status == 0, in.toString(message, length, StandardCharsets.UTF_8));
        in.readerIndex(fields.index());
        return response;
    }

    /** Appends it. */
    void encode(ByteBuf out) {
        out.writeByte(ok ? 0 : 1);
        TcpRequest.writeText(message, out);
        TcpRequest.writeText(Padding.random(128, 1024), out);
    }
}

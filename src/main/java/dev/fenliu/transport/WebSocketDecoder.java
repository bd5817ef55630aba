package dev.fenliu.transport;

import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames (RFC 6455 section 5.2) of which data pass through as they come, a part of a frame too: for a stream it
 * matters neither where a message ends nor what it is called. Holds at most a frame's header and the payload of a control
 * frame.
 */
final class WebSocketDecoder {
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** The most bytes of a frame's header. */
    static final int MAX_HEADER = 14;

    /** The most payload bytes of a control frame. */
    static final int MAX_CONTROL = 125;

    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    private static final int TWO_BYTES = 126;
    private static final int EIGHT_BYTES = 127;
    private static final int BINARY = 2;

    /** Takes what frames carry. */
    interface Sink {
        /** A piece of the stream, not empty; taken over. */
        void data(ByteBuf bytes);

        /** A whole control frame: {@link #CLOSE}, {@link #PING} or {@link #PONG}. */
        void control(int opcode, byte[] payload);
    }

    private final boolean masked;
    private final Sink sink;
    private final ByteBuf header = Unpooled.buffer(MAX_HEADER, MAX_HEADER);
    private byte @Nullable [] control;
    private int opcode;
    private int key;
    private long length;
    private long position;

    /** @param masked whether frames have to be masked, as those of a client, or must not be */
    WebSocketDecoder(boolean masked, Sink sink) {
        this.masked = masked;
        this.sink = sink;
    }

    /**
     * Reads all of {@code in}, which stays the caller's.
     *
     * @throws GarbageException on what is no frame; nothing can be read after that
     */
    void read(ByteBuf in) throws GarbageException {
        while (in.isReadable()) {
            if (position < length) {
                payload(in);
            } else {
                header(in);
            }
        }
    }

    private void payload(ByteBuf in) {
        int take = (int) Math.min(length - position, in.readableBytes());
        byte[] collected = control;
        if (collected == null) {
            ByteBuf piece = in.readRetainedSlice(take);
            if (masked) {
                WebSocketMask.apply(piece, key, position);
            }
            position += take;
            sink.data(piece);
            return;
        }
        in.readBytes(collected, (int) position, take);
        position += take;
        if (position == length) {
            control(collected);
        }
    }

    private void header(ByteBuf in) throws GarbageException {
        while (in.isReadable()) {
            header.writeByte(in.readByte());
            int there = header.readableBytes();
            if (there == 2) {
                check();
            }
            if (there >= 2 && there == size()) {
                begin();
                header.clear();
                return;
            }
        }
    }

    private void check() throws GarbageException {
        int first = header.getByte(0);
        int second = header.getByte(1);
        int code = first & 0xf;
        boolean controls = code >= CLOSE;
        if ((first & RESERVED) != 0
                || code > PONG
                || code > BINARY && !controls
                || controls && ((first & FIN) == 0 || (second & 0x7f) > MAX_CONTROL)
                || ((second & MASKED) != 0) != masked) {
            throw new GarbageException("no WebSocket frame");
        }
    }

    private int size() {
        int code = header.getByte(1) & ~MASKED & 0xff;
        int extended = code == TWO_BYTES ? 2 : code == EIGHT_BYTES ? 8 : 0;
        return 2 + extended + (masked ? 4 : 0);
    }

    private void begin() throws GarbageException {
        opcode = header.readByte() & 0xf;
        int code = header.readByte() & ~MASKED & 0xff;
        length = code == TWO_BYTES ? header.readUnsignedShort() : code == EIGHT_BYTES ? header.readLong() : code;
        if (length < 0) {
            throw new GarbageException("a WebSocket frame of over 2^63 bytes");
        }
        key = masked ? header.readInt() : 0;
        position = 0;
        control = opcode >= CLOSE ? new byte[(int) length] : null;
        if (control != null && length == 0) {
            control(control);
        }
    }

    private void control(byte[] payload) {
        if (masked) {
            WebSocketMask.apply(Unpooled.wrappedBuffer(payload), key, 0);
        }
        sink.control(opcode, payload);
    }

    /** Writes the header of a whole frame; {@code key} counts if it is masked. */
    static void writeHeader(ByteBuf out, int opcode, long length, boolean masked, int key) {
        out.writeByte(FIN | opcode);
        int bit = masked ? MASKED : 0;
        if (length <= MAX_CONTROL) {
            out.writeByte(bit | (int) length);
        } else if (length <= 0xffff) {
            out.writeByte(bit | TWO_BYTES).writeShort((int) length);
        } else {
            out.writeByte(bit | EIGHT_BYTES).writeLong(length);
        }
        if (masked) {
            out.writeInt(key);
        }
    }
}

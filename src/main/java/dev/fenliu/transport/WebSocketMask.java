package dev.fenliu.transport;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Masking (RFC 6455 section 5.3), which is its own inverse. */
final class WebSocketMask {
    private WebSocketMask() {}

    /**
     * Masks what is readable, in place.
     *
     * @param key the masking key, its first byte the highest
     * @param position of the first readable byte in its frame
     */
    static void apply(ByteBuf bytes, int key, long position) {
        int turned = Integer.rotateLeft(key, (int) (position & 3) * 8);
        if (bytes.nioBufferCount() == 1) {
            apply(bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes()), turned);
            return;
        }
        for (ByteBuffer part : bytes.nioBuffers()) {
            int length = part.remaining();
            apply(part, turned);
            turned = Integer.rotateLeft(turned, (length & 3) * 8);
        }
    }

    private static void apply(ByteBuffer part, int key) {
        ByteBuffer bytes = part.slice().order(ByteOrder.BIG_ENDIAN);
        int length = bytes.remaining();
        long wide = (long) key << 32 | key & 0xffff_ffffL;
        int i = 0;
        for (; i + 7 < length; i += 8) {
            bytes.putLong(i, bytes.getLong(i) ^ wide);
        }
        for (; i < length; i++) {
            bytes.put(i, (byte) (bytes.get(i) ^ key >>> (3 - (i & 3)) * 8));
        }
    }
}

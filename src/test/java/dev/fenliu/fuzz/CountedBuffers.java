package dev.fenliu.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Hands out buffers; closing it fails when one of them was not released. Not thread-safe. */
public final class CountedBuffers implements AutoCloseable {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

    public UnpooledByteBufAllocator allocator() {
        return allocator;
    }

    /** A buffer that holds the bytes. */
    public ByteBuf of(byte[] bytes) {
        return allocator.buffer(Math.max(1, bytes.length)).writeBytes(bytes);
    }

    /** Bytes of memory that are not released yet. */
    public long held() {
        return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
    }

    @Override
    public void close() {
        if (held() != 0) {
            throw new AssertionError(held() + " bytes of buffers were not released");
        }
    }
}

package dev.fenliu.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a stream that is read on have all that one read of its connection brings, and then one completion. Netty's own
 * counts the frames of a stream's whole life, and after sixteen completes the read at each.
 */
final class StreamReads implements RecvByteBufAllocator {
    static final StreamReads INSTANCE = new StreamReads();

    private StreamReads() {}

    @Override
    @SuppressWarnings("deprecation") // the interface has nothing newer
    public Handle newHandle() {
        return new Whole();
    }

    /** Allocates nothing: streams get the buffers of their connection. */
    private static final class Whole implements ExtendedHandle {
        private @Nullable ChannelConfig config;

        @Override
        public void reset(ChannelConfig of) {
            config = of;
        }

        @Override
        public boolean continueReading() {
            return config != null && config.isAutoRead();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier more) {
            return continueReading();
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            return alloc.ioBuffer(guess());
        }

        @Override
        public int guess() {
            return 1;
        }

        @Override
        public void incMessagesRead(int messages) {}

        @Override
        public void lastBytesRead(int bytes) {}

        @Override
        public int lastBytesRead() {
            return 0;
        }

        @Override
        public void attemptedBytesRead(int bytes) {}

        @Override
        public int attemptedBytesRead() {
            return 0;
        }

        @Override
        public void readComplete() {}
    }
}

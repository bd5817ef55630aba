package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Up to 16 datagrams a turn, none after a handler has closed their socket. Netty 4.2.18 reads on from epoll's then: by a
 * descriptor that may already be somebody else's, whose bytes would be lost, or whose silence would stop the event loop.
 */
final class DatagramReads implements RecvByteBufAllocator {
    private static final RecvByteBufAllocator READS = new FixedRecvByteBufAllocator(65_535).maxMessagesPerRead(16);

    private final Channel socket;
    private Runnable before = () -> {};

    DatagramReads(Channel socket) {
        this.socket = socket;
    }

    /** From now on {@code look} is called before each datagram is read. On the socket's event loop. */
    void before(Runnable look) {
        before = look;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has nothing newer
    public Handle newHandle() {
        return new WhileOpen((ExtendedHandle) READS.newHandle());
    }

    private final class WhileOpen extends DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle reads;

        WhileOpen(ExtendedHandle reads) {
            super(reads);
            this.reads = reads;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            before.run();
            return reads.allocate(alloc);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier more) {
            return socket.isOpen() && reads.continueReading(more);
        }

        @Override
        public boolean continueReading() {
            return socket.isOpen() && reads.continueReading();
        }
    }
}

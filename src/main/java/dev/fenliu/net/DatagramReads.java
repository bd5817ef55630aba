package dev.fenliu.net;

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

    DatagramReads(Channel socket) {
        this.socket = socket;
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
        public boolean continueReading(UncheckedBooleanSupplier more) {
            return socket.isOpen() && reads.continueReading(more);
        }

        @Override
        public boolean continueReading() {
            return socket.isOpen() && reads.continueReading();
        }
    }
}

package dev.fenliu.net;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll, with sockets that stay known to the kernel when nothing is wanted of them. Netty 4.2.18 takes such a
 * socket out of the epoll set and then asks to change it instead of adding it again, which fails: a client that has
 * ended its stream lost the rest of its answer as soon as a write had to wait. One for each event loop.
 */
record SteadyEpoll(IoHandler epoll) implements IoHandler {
    static IoHandlerFactory factory() {
        IoHandlerFactory plain = EpollIoHandler.newFactory();
        return loop -> new SteadyEpoll(plain.newHandler(loop));
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration(epoll.register(handle));
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
        return epoll.isCompatible(type);
    }

    private static final class Registration implements IoRegistration {
        private final IoRegistration socket;
        private volatile boolean added;

        Registration(IoRegistration socket) {
            this.socket = socket;
        }

        @Override
        public long submit(IoOps ops) {
            boolean none = ops instanceof EpollIoOps wanted && wanted.value() == 0;
            if (none && added) {
                // The kernel tells errors and hang-ups unasked; edge-triggered it does so once, not without end.
                return socket.submit(EpollIoOps.EPOLLET);
            }
            added |= !none;
            return socket.submit(ops);
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
        public <T> T attachment() {
            return socket.attachment();
        }

        @Override
        public boolean isValid() {
            return socket.isValid();
        }

        @Override
        public boolean cancel() {
            return socket.cancel();
        }
    }
}

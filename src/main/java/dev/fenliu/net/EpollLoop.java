package dev.fenliu.net;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.HashSet;
import java.util.Set;

/**
 * Netty's epoll loop, mended. A socket that waits for nothing leaves the epoll set, as one does whose peer has ended its
 * stream while nothing is to be written; Netty 4.2.18 forgets that, fails to modify the entry that is gone when a later
 * write fills the socket, and then ends the output as if all had been written. Here such a socket is registered anew.
 * Confined to the loop's thread, but for {@link #wakeup}.
 */
final class EpollLoop implements IoHandler {
    private final IoHandler netty;
    private final Set<Registration> parked = new HashSet<>();

    private EpollLoop(IoHandler netty) {
        this.netty = netty;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory factory = EpollIoHandler.newFactory();
        return (ThreadAwareExecutor executor) -> new EpollLoop(factory.newHandler(executor));
    }

    @Override
    public void initialize() {
        netty.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return netty.run(context);
    }

    @Override
    public void prepareToDestroy() {
        netty.prepareToDestroy();
        Set.copyOf(parked).forEach(Registration::close);
    }

    @Override
    public void destroy() {
        netty.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration(handle, netty.register(handle));
    }

    @Override
    public void wakeup() {
        netty.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
        return netty.isCompatible(type);
    }

    /** A socket's place in the loop, in the epoll set or parked outside of it. */
    private final class Registration implements IoRegistration {
        private final IoHandle handle;
        private IoRegistration entry;
        private boolean cancelled;

        Registration(IoHandle handle, IoRegistration entry) {
            this.handle = handle;
            this.entry = entry;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // the interface is Netty's
        public <T> T attachment() {
            return entry.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            if (cancelled) {
                return -1;
            }
            if (ops.equals(EpollIoOps.NONE)) {
                if (parked.add(this)) {
                    entry.cancel();
                }
                return 0;
            }
            if (parked.remove(this)) {
                try {
                    entry = netty.register(handle);
                } catch (Exception e) {
                    throw new IllegalStateException("cannot wait for a socket again", e);
                }
            }
            return entry.submit(ops);
        }

        @Override
        public boolean isValid() {
            return !cancelled;
        }

        @Override
        public boolean cancel() {
            if (cancelled) {
                return false;
            }
            cancelled = true;
            if (!parked.remove(this)) {
                entry.cancel();
            }
            return true;
        }

        void close() {
            try {
                handle.close();
            } catch (Exception e) {
                throw new IllegalStateException("cannot close a socket", e);
            }
        }
    }
}

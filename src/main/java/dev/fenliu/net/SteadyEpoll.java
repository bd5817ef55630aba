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
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll, but a socket that waits for nothing at the moment stays registered. In Netty 4.2.18 a channel whose peer has half-closed, and which then waits for nothing, is taken out
 * of epoll and cannot come back: the next write that has to wait fails with ENOENT and the rest of the stream is lost.
 */
final class SteadyEpoll implements IoHandler {
    /** Errors and hang-ups are told unasked; with edges only once, else without end until the flow is over. */
    static final EpollIoOps NOTHING = EpollIoOps.EPOLLET;

    private final IoHandler epoll;
    private long round;

    private SteadyEpoll(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory factory = EpollIoHandler.newFactory();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new SteadyEpoll(factory.newHandler(executor));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return factory.isChangingThreadSupported();
            }
        };
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        EpollStream stream = EpollStream.around(handle);
        IoRegistration inner = epoll.register(stream == null ? handle : stream);
        if (stream != null) {
            stream.registered(inner, this);
        }
        return new Steady(inner, stream);
    }

    /**
     * Which answer of epoll is being worked off. A socket that is registered meanwhile has no event in it: one that names
     * its descriptor is for the socket that had it before and has just been closed.
     */
    long round() {
        return round;
    }

    /** What a channel gets for its registration. */
    private static final class Steady implements IoRegistration {
        private final IoRegistration inner;
        private final @Nullable EpollStream stream;
        private volatile boolean added;

        Steady(IoRegistration inner, @Nullable EpollStream stream) {
            this.inner = inner;
            this.stream = stream;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // as the interface has it
        public <T> T attachment() {
            return inner.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            if (stream != null && stream.isPumped()) {
                return 0;
            }
            boolean none = ops.equals(EpollIoOps.NONE);
            added |= !none;
            return inner.submit(none && added ? NOTHING : ops);
        }

        @Override
        public boolean isValid() {
            return inner.isValid();
        }

        @Override
        public boolean cancel() {
            return inner.cancel();
        }
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        round++;
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
}

package dev.fenliu.net;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.net.SocketException;

/**
 * Netty's epoll, but a socket that waits for nothing at the moment stays registered, and a reset that follows the end of
 * its input is told. In Netty 4.2.18 a channel whose peer has half-closed, and which then waits for nothing, is taken out
 * of epoll and cannot come back: the next write that has to wait fails with ENOENT and the rest of the stream is lost. Nor
 * does it look at errors any more, so that the other side of a relay would never hear of the reset.
 */
final class SteadyEpoll implements IoHandler {
    private final IoHandler epoll;

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
    @SuppressWarnings("TypeParameterUnusedInFormals") // as the interface has it
    public IoRegistration register(IoHandle handle) throws Exception {
        IoRegistration registration = epoll.register(
                handle instanceof EpollIoHandle socket
                                && handle instanceof Channel.Unsafe unsafe
                                && unsafe.voidPromise().channel() instanceof EpollSocketChannel channel
                        ? new Stream(socket, channel)
                        : handle);
        return new IoRegistration() {
            private volatile boolean added;

            @Override
            public <T> T attachment() {
                return registration.attachment();
            }

            @Override
            public long submit(IoOps ops) {
                boolean none = ops.equals(EpollIoOps.NONE);
                added |= !none;
                // Errors and hang-ups are told unasked; with edges only once, else without end until the flow is over.
                return registration.submit(none && added ? EpollIoOps.EPOLLET : ops);
            }

            @Override
            public boolean isValid() {
                return registration.isValid();
            }

            @Override
            public boolean cancel() {
                return registration.cancel();
            }
        };
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

    /** A TCP socket: Netty's handle of it, and a look at what that passes over. */
    @SuppressWarnings("try") // as the interface has it
    private record Stream(EpollIoHandle socket, EpollSocketChannel channel) implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return socket.fd();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            boolean ended = channel.isInputShutdown();
            socket.handle(registration, event);
            boolean error = event instanceof EpollIoEvent told && told.ops().contains(EpollIoOps.EPOLLERR);
            if (ended && error && channel.isOpen()) {
                channel.pipeline().fireExceptionCaught(new SocketException("reset by peer after its end of stream"));
            }
        }

        @Override
        public void registered() {
            socket.registered();
        }

        @Override
        public void unregistered() {
            socket.unregistered();
        }

        @Override
        public void close() throws Exception {
            socket.close();
        }
    }
}

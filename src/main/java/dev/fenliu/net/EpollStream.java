package dev.fenliu.net;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.AttributeKey;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A TCP socket between epoll and Netty. Passes Netty's wishes down and epoll's events up, and adds what Netty leaves out:
 * a reset after the end of the input. From {@link #pumped} on Netty has no part in it but to close it: the events go to
 * two {@link Pump}s. Confined to the channel's event loop.
 */
@SuppressWarnings("try") // closing throws what it likes, as the interface has it
final class EpollStream implements EpollIoHandle {
    private static final AttributeKey<EpollStream> KEY = AttributeKey.valueOf("epoll-stream");

    private final EpollIoHandle socket;
    private final EpollSocketChannel channel;
    private @Nullable IoRegistration registration;
    private @Nullable SteadyEpoll epoll;
    private long since;
    private @Nullable Pump in;
    private @Nullable Pump out;
    private boolean reads;
    private boolean writes;

    private EpollStream(EpollIoHandle socket, EpollSocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
    }

    /** The stream that {@code handle} belongs to, to be registered in its place; null if that is no TCP stream. */
    static @Nullable EpollStream around(IoHandle handle) {
        if (handle instanceof EpollIoHandle socket
                && handle instanceof Channel.Unsafe unsafe
                && unsafe.voidPromise().channel() instanceof EpollSocketChannel channel) {
            EpollStream stream = new EpollStream(socket, channel);
            channel.attr(KEY).set(stream);
            return stream;
        }
        return null;
    }

    /** The stream of a channel; null if it is no TCP socket in epoll. */
    static @Nullable EpollStream of(Channel channel) {
        return channel instanceof EpollSocketChannel ? channel.attr(KEY).get() : null;
    }

    /** Epoll's own registration, in the round that is going on. */
    void registered(IoRegistration inner, SteadyEpoll with) {
        registration = inner;
        epoll = with;
        since = with.round();
    }

    /** Whether what Netty wants to be told of no longer matters. */
    boolean isPumped() {
        return in != null;
    }

    /** Gives the socket to the pumps that read and write it. */
    void pumped(Pump reader, Pump writer) {
        in = reader;
        out = writer;
        reads = true;
        submitOwn();
    }

    /** Whether the reading pump is told when there are bytes. */
    void reads(boolean wanted) {
        if (reads != wanted) {
            reads = wanted;
            submitOwn();
        }
    }

    /** Whether the writing pump is told when there is room. */
    void writes(boolean wanted) {
        if (writes != wanted) {
            writes = wanted;
            submitOwn();
        }
    }

    private void submitOwn() {
        IoRegistration inner = registration;
        if (inner != null && inner.isValid()) {
            EpollIoOps ops = reads ? EpollIoOps.EPOLLIN : SteadyEpoll.NOTHING;
            inner.submit(writes ? ops.with(EpollIoOps.EPOLLOUT) : ops);
        }
    }

    @Override
    public FileDescriptor fd() {
        return socket.fd();
    }

    @Override
    public void handle(IoRegistration inner, IoEvent event) {
        if (epoll != null && epoll.round() == since) {
            return; // not for this socket
        }
        EpollIoEvent told = (EpollIoEvent) event;
        if (in == null && !channel.isActive() && told.ops().contains(EpollIoOps.EPOLLOUT)) {
            // Connected: the flow may take the socket from Netty there and then, and so must what else has happened.
            EpollIoOps rest = told.ops().without(EpollIoOps.EPOLLOUT);
            socket.handle(inner, (EpollIoEvent) () -> EpollIoOps.EPOLLOUT);
            told = () -> rest;
        }
        Pump reader = in;
        Pump writer = out;
        if (!channel.isOpen()) {
            return;
        }
        if (reader == null || writer == null) {
            netty(inner, told);
            return;
        }
        EpollIoOps ops = told.ops();
        if (ops.contains(EpollIoOps.EPOLLOUT)) {
            writer.pump();
        }
        if (ops.contains(EpollIoOps.EPOLLIN) && reads) {
            reader.pump();
        }
        if (ops.contains(EpollIoOps.EPOLLERR)) {
            broken();
        }
    }

    private void netty(IoRegistration inner, EpollIoEvent event) {
        boolean ended = channel.isInputShutdown();
        socket.handle(inner, event);
        if (ended && event.ops().contains(EpollIoOps.EPOLLERR)) {
            broken();
        }
    }

    private void broken() {
        if (channel.isOpen()) {
            channel.pipeline().fireExceptionCaught(new SocketException("reset by peer"));
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

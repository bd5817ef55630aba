package dev.fenliu.tunnel.ssh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.future.CloseFuture;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;

/**
 * A channel of Netty as MINA sees its connections. MINA runs on the channel's event loop when something arrives; it may
 * write from any thread, and what is written in one turn of the loop leaves in one flush.
 */
final class SshConnection extends AbstractCloseable implements IoSession {
    private final Channel channel;
    private final EventLoop loop;
    private final IoHandler handler;
    private final Map<Object, Object> attributes = new ConcurrentHashMap<>();
    private boolean flushing;
    private boolean suspended;
    private long lastRead;

    /** @param handler MINA's; told of the channel's life from {@link #start} on */
    SshConnection(Channel channel, IoHandler handler) {
        this.channel = channel;
        this.loop = channel.eventLoop();
        this.handler = handler;
        this.lastRead = loop.ticker().nanoTime();
    }

    /** Lets MINA begin, on the event loop. */
    void start() throws Exception {
        channel.pipeline().addLast(new Arrivals());
        handler.sessionCreated(this);
        channel.read();
    }

    Channel channel() {
        return channel;
    }

    /** When something last came from the other end, in nanoseconds of the event loop's ticker. */
    long lastRead() {
        return lastRead;
    }

    @Override
    public IoWriteFuture writeBuffer(Buffer buffer) {
        Written done = new Written();
        ByteBuf bytes = Unpooled.wrappedBuffer(buffer.array(), buffer.rpos(), buffer.available());
        loop.execute(() -> {
            channel.write(bytes).addListener(written -> done.setValue(written.isSuccess() ? true : written.cause()));
            if (!flushing) {
                flushing = true;
                loop.execute(this::flush);
            }
        });
        return done;
    }

    private void flush() {
        flushing = false;
        channel.flush();
    }

    private static final class Written extends AbstractIoWriteFuture {
        Written() {
            super("written", null);
        }
    }

    @Override
    protected CloseFuture doCloseGracefully() {
        loop.execute(() -> channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE));
        channel.closeFuture().addListener(closed -> closeFuture.setClosed());
        return closeFuture;
    }

    @Override
    protected void doCloseImmediately() {
        channel.close();
        super.doCloseImmediately();
    }

    @Override
    public long getId() {
        return System.identityHashCode(this);
    }

    @Override
    public @Nullable SocketAddress getAcceptanceAddress() {
        return null;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return channel.localAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return channel.remoteAddress();
    }

    @Override
    public @Nullable Object getAttribute(Object key) {
        return attributes.get(key);
    }

    @Override
    public @Nullable Object setAttribute(Object key, Object value) {
        return attributes.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(Object key, Object value) {
        return attributes.putIfAbsent(key, value);
    }

    @Override
    public @Nullable Object removeAttribute(Object key) {
        return attributes.remove(key);
    }

    @Override
    public IoService getService() {
        throw new UnsupportedOperationException("there is no service of MINA here");
    }

    @Override
    public void shutdownOutputStream() {
        // an SSH connection has no half
    }

    @Override
    public void suspendRead() {
        loop.execute(() -> suspended = true);
    }

    @Override
    public void resumeRead() {
        loop.execute(() -> {
            suspended = false;
            channel.read();
        });
    }

    /** What Netty reports, for MINA. */
    private final class Arrivals extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            lastRead = loop.ticker().nanoTime();
            ByteBuf bytes = (ByteBuf) message;
            try {
                handler.messageReceived(SshConnection.this, new Bytes(bytes));
            } finally {
                bytes.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (!suspended) {
                ctx.read();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            handler.sessionClosed(SshConnection.this);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
            handler.exceptionCaught(SshConnection.this, cause);
        }
    }

    /** Read once, from the front; valid during the call only. */
    private record Bytes(ByteBuf bytes) implements Readable {
        @Override
        public int available() {
            return bytes.readableBytes();
        }

        @Override
        public void getRawBytes(byte[] data, int offset, int length) {
            bytes.readBytes(data, offset, length);
        }
    }
}

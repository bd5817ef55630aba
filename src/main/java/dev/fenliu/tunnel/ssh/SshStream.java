package dev.fenliu.tunnel.ssh;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A channel of an SSH connection as a channel of Netty: carries payload only. Lives on the event loop of the flow, while
 * {@link Carrier} lives with the connection; they meet by tasks on this loop. What arrives is held until it is asked for,
 * which the window of the SSH channel bounds.
 */
final class SshStream extends AbstractChannel implements DuplexChannel {
    /** The other side of this: a channel of SSH. All methods may be called on any thread. */
    interface Carrier {
        /**
         * Takes bytes from the front, as many as the server's window and what is still under way allow.
         *
         * @return how many; with fewer than there are, {@link SshStream#writable} will be called
         */
        int send(ByteBuf bytes) throws IOException;

        /** So many bytes of what arrived have been handed on: the server may send as many more. */
        void taken(int bytes);

        /** Ends our direction. */
        void end() throws IOException;

        void close();
    }

    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final SocketAddress NOWHERE = new SocketAddress() {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "ssh";
        }
    };
    private static final int MOST_A_TURN = 256 << 10;

    private final Carrier carrier;
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final Queue<ByteBuf> arrived = new ArrayDeque<>();
    private boolean wanted;
    private boolean inputEnded;
    private boolean endTold;
    private boolean gone;
    private boolean outputEnded;
    private volatile boolean open = true;

    SshStream(Carrier carrier) {
        super(null);
        this.carrier = carrier;
        config.setOption(ChannelOption.AUTO_READ, false);
        config.setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 << 10, 64 << 10));
        pipeline().addLast(EndOfStream.ToFin.INSTANCE, new EndBeforeClose());
    }

    /** A close that is none by force tells the other end that it has everything. */
    private final class EndBeforeClose extends ChannelOutboundHandlerAdapter {
        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) throws IOException {
            if (open && !outputEnded) {
                outputEnded = true;
                carrier.end();
            }
            ctx.close(promise);
        }
    }

    /** Something came; on the event loop. Takes ownership. */
    void arrive(ByteBuf bytes) {
        if (!open) {
            bytes.release();
            return;
        }
        arrived.add(bytes);
        deliver();
    }

    /** The server has ended its direction; on the event loop. */
    void ended() {
        inputEnded = true;
        deliver();
    }

    /** The SSH channel is no more; on the event loop. What came before is still handed on. */
    void gone() {
        gone = true;
        if (!isRegistered()) {
            open = false; // the server has refused it, and nobody has seen it
            return;
        }
        if (open && !inputEnded) {
            pipeline().fireExceptionCaught(new IOException("the server has cut the stream"));
        }
        deliver();
    }

    /** There may be room again; on the event loop. */
    void writable() {
        if (open) {
            ((Internals) unsafe()).writeOn();
        }
    }

    private void deliver() {
        if (wanted && !arrived.isEmpty()) {
            wanted = false;
            int bytes = 0;
            while (bytes < MOST_A_TURN && !arrived.isEmpty()) {
                ByteBuf next = arrived.remove();
                bytes += next.readableBytes();
                pipeline().fireChannelRead(next);
            }
            carrier.taken(bytes);
            pipeline().fireChannelReadComplete();
        }
        if (inputEnded && !endTold && arrived.isEmpty()) {
            endTold = true;
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        if (gone && arrived.isEmpty() && open) {
            close();
        }
    }

    @Override
    protected void doBeginRead() {
        wanted = true;
        if (!arrived.isEmpty()) {
            eventLoop().execute(this::deliver);
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws IOException {
        for (Object message; (message = out.current()) != null; ) {
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            int sent = length == 0 ? 0 : carrier.send(bytes);
            if (sent < length) {
                out.removeBytes(sent);
                return;
            }
            out.remove();
        }
    }

    @Override
    protected void doClose() {
        open = false;
        carrier.close();
        for (ByteBuf bytes; (bytes = arrived.poll()) != null; ) {
            bytes.release();
        }
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        try {
            outputEnded = true;
            carrier.end();
            return promise.setSuccess();
        } catch (IOException e) {
            return promise.setFailure(e);
        }
    }

    private final class Internals extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException());
        }

        void writeOn() {
            flush0();
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new Internals();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected SocketAddress localAddress0() {
        return NOWHERE;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return NOWHERE;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isInputShutdown() {
        return inputEnded;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputEnded;
    }

    @Override
    public boolean isShutdown() {
        return inputEnded && outputEnded;
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return promise.setFailure(new UnsupportedOperationException());
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        return promise.setFailure(new UnsupportedOperationException());
    }
}

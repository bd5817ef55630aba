package dev.fenliu.inbound.http;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A channel without a socket: the requests that one client connection sends to one origin are its input, the origin's
 * bytes are its output. Reading it reads the client's socket, and it takes output only while that socket is writable,
 * so back-pressure passes through. Lives on the client's event loop; it belongs to a {@link OriginLink} until that
 * lets go of it, and what is written then is thrown away.
 */
final class ExchangeChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final Destination origin;
    private final Optional<String> user;
    private final Settings settings = new Settings();
    private final Queue<ByteBuf> input = new ArrayDeque<>(2);
    private @Nullable OriginLink owner;
    private boolean open = true;
    private boolean readPending;
    private boolean inputEnding;
    private boolean inputEnded;
    private boolean used;

    ExchangeChannel(Channel client, OriginLink owner, Destination origin, Optional<String> user) {
        super(client);
        this.owner = owner;
        this.origin = origin;
        this.user = user;
        settings.setWriteBufferWaterMark(client.config().getWriteBufferWaterMark());
        settings.setAllocator(client.alloc());
    }

    /** Puts the channel on the client's event loop, from which this must be called. */
    void register() {
        unsafe().register(parent().eventLoop(), newPromise());
    }

    /** Whether a request of {@code asker} to {@code destination} can go this way. */
    boolean serves(Destination destination, Optional<String> asker) {
        return open && !inputEnding && origin.equals(destination) && user.equals(asker);
    }

    /** Whether a request was answered here already. */
    boolean used() {
        return used;
    }

    /** A request was answered in full. */
    void markUsed() {
        used = true;
    }

    /** Whether whoever reads this channel wants more of the client's bytes. */
    boolean wantsBytes() {
        return readPending && open && input.isEmpty();
    }

    /** Adds to the input; takes ownership; {@link #deliver} passes it on. */
    void add(ByteBuf bytes) {
        if (open && !inputEnding) {
            input.add(bytes);
        } else {
            bytes.release();
        }
    }

    /** Passes input on if it is wanted, and after it the end of the input. */
    void deliver() {
        if (readPending && !input.isEmpty()) {
            readPending = false;
            for (ByteBuf bytes; (bytes = input.poll()) != null; ) {
                pipeline().fireChannelRead(bytes);
            }
            pipeline().fireChannelReadComplete();
        }
        if (inputEnding && !inputEnded && open && input.isEmpty()) {
            inputEnded = true;
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    /** Ends the input after what was added. */
    void endInput() {
        inputEnding = true;
        eventLoop().execute(this::deliver); // never from inside a write of the same flow
    }

    /** The owner needs it no more: what is under way ends in order. */
    void leave() {
        owner = null;
        endInput();
    }

    /** The owner needs it no more and a message is incomplete: the origin must not take it for a whole one. */
    void abandon() {
        owner = null;
        eventLoop().execute(() -> unsafe().close(voidPromise())); // never from inside a write of the same flow
    }

    /** Answers the request that made this channel with an error page. */
    void refuse(Failure failure) {
        OriginLink link = owner;
        owner = null;
        if (link != null) {
            link.refused(this, failure);
        }
        unsafe().close(voidPromise());
    }

    /** The client's socket takes bytes again. */
    void resume() {
        ((Inner) unsafe()).resume();
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (!input.isEmpty() || inputEnding) {
            eventLoop().execute(this::deliver);
        } else if (owner != null) {
            owner.demand();
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        boolean answered = false;
        for (Object message; (message = out.current()) != null; ) {
            OriginLink link = owner;
            if (link != null) {
                // Only bytes wait: a socket whose output has ended is never writable again, and the end is still to
                // come.
                if (message instanceof ByteBuf waiting && waiting.isReadable() && !parent().isWritable()) {
                    parent().flush();
                    if (!parent().isWritable()) {
                        return;
                    }
                }
                if (message instanceof ByteBuf bytes) {
                    link.answer(this, bytes);
                    answered = true;
                } else {
                    link.originEnded(this);
                }
            }
            out.remove();
        }
        if (answered) {
            parent().flush();
        }
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf || message == EndOfStream.INSTANCE) {
            return message;
        }
        throw new UnsupportedOperationException("a message of " + message.getClass());
    }

    @Override
    protected void doClose() {
        open = false;
        for (ByteBuf bytes; (bytes = input.poll()) != null; ) {
            bytes.release();
        }
        OriginLink link = owner;
        owner = null;
        if (link != null) {
            link.exchangeClosed(this, settings.reset);
        }
    }

    @Override
    public ChannelConfig config() {
        return settings;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
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
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return parent().localAddress();
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return parent().remoteAddress();
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
    protected AbstractUnsafe newUnsafe() {
        return new Inner();
    }

    private final class Inner extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException());
        }

        void resume() {
            flush0();
        }
    }

    /** Remembers that a close is to be a reset, as a socket does. */
    private final class Settings extends DefaultChannelConfig {
        private boolean reset;

        Settings() {
            super(ExchangeChannel.this);
            super.setOption(ChannelOption.AUTO_READ, false);
        }

        @Override
        public <T> boolean setOption(ChannelOption<T> option, T value) {
            if (option.equals(ChannelOption.SO_LINGER)) {
                reset = value instanceof Integer seconds && seconds == 0;
                return true;
            }
            return super.setOption(option, value);
        }

        @Override
        protected void autoReadCleared() {
            readPending = false;
        }
    }
}

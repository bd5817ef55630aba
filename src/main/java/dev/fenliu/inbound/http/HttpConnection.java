package dev.fenliu.inbound.http;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.Users;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket of a client of the HTTP proxy: shows its bytes to the {@link Requests} and keeps what they do not take yet.
 * Reads on demand only, and never while something is kept, so that this is one read at most. Confined to the client's
 * event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    private final Channel client;
    private final Requests requests;
    private final Queue<ByteBuf> pending = new ArrayDeque<>(1);
    private boolean ended;

    HttpConnection(Channel client, ListenerContext context, Users users, RareLog refusedLogins, boolean fallback) {
        this.client = client;
        this.requests = new Requests(this, client, context, users, refusedLogins, fallback);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        // From here on the socket is read on demand only; Relay does the same with the streams that it holds.
        client.config().setOption(ChannelOption.AUTO_READ, false);
        client.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        pending.add((ByteBuf) message);
        process();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        demand();
    }

    private void process() {
        try {
            for (ByteBuf in; (in = pending.peek()) != null && requests.take(in); ) {
                discardRead();
            }
        } catch (Malformed e) {
            requests.reject(e);
        }
        requests.taken();
        if (ended && pending.isEmpty()) {
            requests.inputEnded();
        }
        demand();
    }

    private void discardRead() {
        ByteBuf first = pending.peek();
        if (first != null && !first.isReadable()) {
            pending.remove().release();
        }
    }

    /** Reads the socket if there is anything to do with what comes. */
    void demand() {
        if (pending.isEmpty() && !ended && requests.wantBytes()) {
            client.read();
        }
    }

    /** Goes on with what the client sent meanwhile, but not from inside a write of the exchange. */
    void later() {
        if (pending.isEmpty() && !ended) {
            demand();
        } else {
            client.eventLoop().execute(this::process);
        }
    }

    /** Leaves the socket to another protocol, with all that was not taken. */
    void handOver() {
        client.pipeline().remove(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (ByteBuf bytes; (bytes = pending.poll()) != null; ) {
            if (bytes.isReadable() && client.isActive()) {
                ctx.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
        }
        if (client.isActive()) {
            ctx.fireChannelReadComplete();
            if (ended) {
                ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
        }
    }

    /** Takes no request but the one under way. Called on any thread. */
    void retire() {
        client.eventLoop().execute(requests::retire);
    }

    /** Takes nothing more; our stream ends after what was written. */
    void finish() {
        release();
        Drain.start(client);
    }

    /** Takes nothing more and resets the socket. */
    void reset() {
        release();
        client.config().setOption(ChannelOption.SO_LINGER, 0);
        client.close();
    }

    private void release() {
        for (ByteBuf bytes; (bytes = pending.poll()) != null; ) {
            bytes.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ended = true;
            if (pending.isEmpty()) {
                requests.inputEnded();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (client.isWritable()) {
            requests.resume();
            later();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        requests.gone();
        release();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("HTTP connection from {} failed", client.remoteAddress(), cause);
        }
        client.close();
    }
}

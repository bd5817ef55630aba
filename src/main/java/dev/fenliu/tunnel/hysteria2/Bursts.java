package dev.fenliu.tunnel.hysteria2;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Below QUIC: knows when the datagrams that the system gives at once have all come. Until then what they bring for a
 * stream waits, so that it is read and passed on as one and not a packet each. One for each socket; confined to its event
 * loop.
 */
final class Bursts extends ChannelInboundHandlerAdapter {
    private final Queue<Stream> waiting = new ArrayDeque<>();
    private boolean coming;

    /** The bottom of a stream's pipeline. */
    ChannelHandler stream() {
        return new Stream();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        coming = true;
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    private void end() {
        coming = false;
        for (Stream stream; (stream = waiting.poll()) != null; ) {
            stream.goOn();
        }
    }

    /** Reads what the first packet of a burst brings, and then what the others do when it has ended. */
    private final class Stream extends ChannelDuplexHandler {
        private @Nullable ChannelHandlerContext self;
        private boolean queued;
        private boolean asked;
        private boolean read;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            self = ctx;
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            self = null;
        }

        @Override
        public void read(ChannelHandlerContext ctx) {
            if (coming) {
                asked = true;
                queue();
            } else {
                ctx.read();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (coming) {
                read = true;
                queue();
            } else {
                read = false;
                ctx.fireChannelReadComplete();
            }
        }

        private void queue() {
            if (!queued) {
                queued = true;
                waiting.add(this);
            }
        }

        void goOn() {
            queued = false;
            if (asked && self != null) {
                asked = false;
                self.read();
            }
            if (read && self != null) {
                read = false;
                self.fireChannelReadComplete();
            }
        }
    }
}

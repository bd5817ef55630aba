package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Passes bound sockets from one process to the next (SCM_RIGHTS, unix(7)), by a socket in a folder that only their
 * user can enter. Both have the same sockets then, with one queue of connections or datagrams, so that none is refused or lost
 * whichever of the two takes it. Needs {@link Sockets#EPOLL}.
 */
public final class Handover {
    private static final byte GIVE = 'g';
    private static final byte READY = 'r';
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SOCK_DGRAM = 2;

    private Handover() {}

    /**
     * Gives the sockets to whoever asks for them.
     *
     * @param path replaced if it is there, as it is of a program that was killed
     * @param sockets those to give, on any thread
     * @param taken called when another process has them and serves
     * @return the channel to close, which removes {@code path}
     */
    public static Future<Channel> offer(
            Path path, EventLoopGroup loops, Supplier<List<Channel>> sockets, Runnable taken) throws IOException {
        Files.deleteIfExists(path);
        Promise<Channel> offered = loops.next().newPromise();
        Sockets.domainServer(loops, child -> child.pipeline().addLast(new Giver(sockets, taken)))
                .bind(new DomainSocketAddress(path.toFile()))
                .addListener((ChannelFuture bound) -> {
                    if (bound.isSuccess()) {
                        offered.setSuccess(bound.channel());
                    } else {
                        offered.setFailure(bound.cause());
                    }
                });
        return offered;
    }

    /** Asks for the sockets. @return not registered with any loop yet */
    public static Future<List<Channel>> take(Path path, EventLoop loop) {
        Promise<List<Channel>> taken = loop.newPromise();
        call(path, loop, GIVE, new Taker(taken)).addListener(connected -> {
            if (!connected.isSuccess()) {
                taken.tryFailure(connected.cause());
            }
        });
        return taken;
    }

    /** Says that they are served here now. The future completes when that was heard. */
    public static Future<Void> confirm(Path path, EventLoop loop) {
        Promise<Void> heard = loop.newPromise();
        call(path, loop, READY, new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelInactive(ChannelHandlerContext ctx) {
                        heard.trySuccess(null);
                    }
                })
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        heard.tryFailure(connected.cause());
                    }
                });
        return heard;
    }

    private static ChannelFuture call(Path path, EventLoop loop, byte word, ChannelInboundHandlerAdapter handler) {
        return Sockets.domainClient(loop, handler)
                .connect(new DomainSocketAddress(path.toFile()))
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        Channel channel = connected.channel();
                        channel.writeAndFlush(channel.alloc().buffer(1).writeByte(word));
                    }
                });
    }

    private static final class Giver extends ChannelInboundHandlerAdapter {
        private final Supplier<List<Channel>> sockets;
        private final Runnable taken;

        Giver(Supplier<List<Channel>> sockets, Runnable taken) {
            this.sockets = sockets;
            this.taken = taken;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            byte word = message instanceof ByteBuf bytes && bytes.isReadable() ? bytes.readByte() : 0;
            ReferenceCountUtil.release(message);
            if (word == GIVE) {
                for (Channel socket : sockets.get()) {
                    if (socket instanceof UnixChannel unix) {
                        ctx.write(unix.fd());
                    }
                }
                ctx.writeAndFlush(ctx.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
            } else if (word == READY) {
                taken.run();
                ctx.channel().parent().close().addListener(closed -> ctx.close());
            } else {
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static final class Taker extends ChannelInboundHandlerAdapter {
        private final Promise<List<Channel>> taken;
        private final List<Channel> sockets = new ArrayList<>();

        Taker(Promise<List<Channel>> taken) {
            this.taken = taken;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
            if (message instanceof FileDescriptor descriptor) {
                int number = descriptor.intValue();
                boolean packets = new Socket(number).getIntOpt(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM;
                sockets.add(packets ? new EpollDatagramChannel(number) : new EpollServerSocketChannel(number));
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            taken.trySuccess(sockets);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            taken.tryFailure(cause);
            ctx.close();
        }
    }
}

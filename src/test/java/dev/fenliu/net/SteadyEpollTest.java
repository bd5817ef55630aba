package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SteadyEpollTest {
    private static final int BLOCK = 1 << 20;
    private static final int BLOCKS = 64;

    private final EventLoopGroup loops = Sockets.loops(1);

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void a_client_that_has_ended_its_stream_gets_an_answer_larger_than_all_buffers() throws Exception {
        Channel server = Sockets.server(
                        loops,
                        InetAddress.getLoopbackAddress(),
                        child -> child.pipeline().addLast(new LongAnswer()))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();

        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(64 << 10);
            client.connect(server.localAddress());
            client.shutdownOutput();
            long received = 0;
            InputStream in = client.getInputStream();
            byte[] buffer = new byte[256 << 10];
            for (int n; (n = in.read(buffer)) >= 0; ) {
                received += n;
            }
            assertThat(received).isEqualTo((long) BLOCKS * BLOCK);
        }
        server.close().sync();
    }

    @Test
    void a_client_that_ends_its_stream_and_then_resets_is_told_and_does_not_keep_the_loop_busy() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch reset = new CountDownLatch(1);
        Channel server = Sockets.server(
                        loops,
                        InetAddress.getLoopbackAddress(),
                        child -> child.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                                ctx.channel().config().setAutoRead(false);
                                ctx.executor().execute(ended::countDown);
                            }

                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                reset.countDown(); // and stays open
                            }
                        }))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        long loop =
                server.eventLoop().submit(() -> Thread.currentThread().getId()).get();

        try (Socket client = new Socket()) {
            client.connect(server.localAddress());
            client.shutdownOutput();
            ended.await();
            client.setSoLinger(true, 0);
        }
        assertThat(reset.await(10, TimeUnit.SECONDS)).isEqualTo(Sockets.EPOLL);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        TimeUnit.MILLISECONDS.sleep(200);
        long before = threads.getThreadCpuTime(loop);
        TimeUnit.SECONDS.sleep(1);
        assertThat(threads.getThreadCpuTime(loop) - before).isLessThan(TimeUnit.MILLISECONDS.toNanos(300));
        server.close().sync();
    }

    private Channel serve(Consumer<Channel> child) throws InterruptedException {
        return Sockets.server(loops, InetAddress.getLoopbackAddress(), child)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    @Test
    void a_new_socket_is_not_told_of_what_befell_the_one_whose_descriptor_it_has() throws Exception {
        Channel other = serve(child -> {});
        Swap swap = new Swap(other.localAddress());
        Channel server = serve(child -> {
            child.pipeline().addLast(swap);
            swap.children.add(child);
        });
        for (int round = 0; round < 20; round++) {
            try (Socket one = new Socket();
                    Socket two = new Socket()) {
                one.connect(server.localAddress());
                two.connect(server.localAddress());
                while (swap.children.size() < 2) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
                CountDownLatch sent = new CountDownLatch(1);
                server.eventLoop().execute(() -> awaitUninterruptibly(sent));
                one.getOutputStream().write(1);
                two.getOutputStream().write(1);
                sent.countDown(); // and both are in one answer of epoll
                while (swap.connects.size() <= round) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            }
        }
        for (Future<Void> connect : swap.connects) {
            assertThat(connect.await().cause()).isNull();
        }
        assertThat(swap.troubles).isEmpty();
        server.close().sync();
        other.close().sync();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whoever of two is read first closes the other, and connects anew with the descriptor that has become free. */
    @ChannelHandler.Sharable
    private static final class Swap extends ChannelInboundHandlerAdapter {
        private final SocketAddress to;
        private final Set<Channel> children = ConcurrentHashMap.newKeySet();
        private final Queue<Future<Void>> connects = new ConcurrentLinkedQueue<>();
        private final Queue<Throwable> troubles = new ConcurrentLinkedQueue<>();

        Swap(SocketAddress to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
            if (!children.remove(ctx.channel())) {
                return;
            }
            children.forEach(Channel::close);
            children.clear();
            connects.add(Sockets.client(ctx.channel().eventLoop(), SocketOptions.DEFAULT)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void exceptionCaught(ChannelHandlerContext fresh, Throwable cause) {
                            troubles.add(cause);
                        }
                    })
                    .connect(to)
                    .addListener(ChannelFutureListener.CLOSE));
        }
    }

    /** Stops reading at the end of the input, as a relay does, and writes block after block as they leave. */
    private static final class LongAnswer extends ChannelInboundHandlerAdapter {
        private int left = BLOCKS;

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ctx.channel().config().setAutoRead(false);
                next(ctx);
            }
        }

        private void next(ChannelHandlerContext ctx) {
            if (left-- == 0) {
                ctx.close();
                return;
            }
            ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[BLOCK])).addListener((ChannelFutureListener) done -> {
                if (done.isSuccess()) {
                    ctx.executor().execute(() -> next(ctx)); // with nothing wanted of the socket in between
                } else {
                    ctx.close();
                }
            });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}

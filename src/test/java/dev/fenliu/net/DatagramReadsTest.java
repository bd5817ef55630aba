package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DatagramReadsTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final EventLoopGroup loops = Sockets.loops(1);

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS)
                .awaitUninterruptibly(5, TimeUnit.SECONDS); // it may stand still
    }

    private static void send(String text, DatagramSocket from, SocketAddress to) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        from.send(new DatagramPacket(bytes, bytes.length, to));
    }

    /** Closes its channel at the first datagram, then opens others, one of which gets the descriptor. */
    private static final class Closing extends SimpleChannelInboundHandler<io.netty.channel.socket.DatagramPacket> {
        final CompletableFuture<List<DatagramSocket>> opened = new CompletableFuture<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, io.netty.channel.socket.DatagramPacket packet) {
            if (opened.isDone()) {
                return;
            }
            ctx.close();
            List<DatagramSocket> others = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    DatagramSocket other = new DatagramSocket(ANY_PORT);
                    others.add(other);
                    send("for another", other, other.getLocalSocketAddress());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            opened.complete(others);
        }
    }

    @Test
    void nothing_is_read_by_the_descriptor_of_a_socket_that_a_handler_has_closed() throws Exception {
        EventLoop loop = loops.next();
        try (DatagramSocket server = new DatagramSocket(ANY_PORT)) {
            Closing closing = new Closing();
            Channel client = Sockets.datagrams(loop, SocketOptions.DEFAULT, closing)
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            CountDownLatch sent = new CountDownLatch(1);
            loop.execute(() -> {
                try {
                    sent.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            send("first", server, client.localAddress());
            send("second", server, client.localAddress());
            sent.countDown(); // and both are there in the turn that reads the first

            for (DatagramSocket other : closing.opened.get()) {
                try (other) {
                    DatagramPacket packet = new DatagramPacket(new byte[20], 20);
                    other.setSoTimeout(2_000);
                    other.receive(packet);
                    assertThat(new String(packet.getData(), 0, packet.getLength(), UTF_8))
                            .isEqualTo("for another");
                }
            }
            assertThat(client.isOpen()).isFalse();
        }
    }
}

package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoverTest {
    @TempDir
    private Path folder;

    private final EventLoopGroup loops = Sockets.loops(2);

    @AfterEach
    void end() {
        loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    @Test
    void who_connects_before_the_first_is_closed_is_accepted_by_the_second() throws Exception {
        Assumptions.assumeTrue(Sockets.EPOLL);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Channel first = Sockets.server(loops, any.getAddress(), Channel::close)
                .bind(any)
                .sync()
                .channel();
        Path path = folder.resolve("handover");
        CountDownLatch taken = new CountDownLatch(1);
        Handover.offer(path, loops, () -> List.of(first), taken::countDown).sync();

        Future<List<Channel>> given = Handover.take(path, loops.next()).sync();
        InetSocketAddress address = (InetSocketAddress) first.localAddress();
        assertThat(given.getNow()).hasSize(1);
        Channel held = given.getNow().get(0);
        assertThat(held.localAddress()).isEqualTo(address);
        assertThat(taken.getCount()).isEqualTo(1);
        assertThat(first.close().await(5_000)).isTrue();
        try (Socket client = new Socket(address.getAddress(), address.getPort())) { // waits in the queue
            CountDownLatch accepted = new CountDownLatch(1);
            Sockets.adopting(loops, held, child -> accepted.countDown())
                    .register()
                    .sync();
            assertThat(accepted.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(client.isConnected()).isTrue();
        }
        assertThat(Handover.confirm(path, loops.next()).await(5_000)).isTrue();
        assertThat(taken.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(path).doesNotExist();
        held.close().await(5_000);
    }

    @Test
    void a_datagram_that_comes_before_the_second_reads_is_not_lost() throws Exception {
        Assumptions.assumeTrue(Sockets.EPOLL);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Channel first = Sockets.datagrams(loops.next(), any.getAddress(), new ChannelInboundHandlerAdapter())
                .option(ChannelOption.AUTO_READ, false)
                .bind(any)
                .sync()
                .channel();
        Path path = folder.resolve("handover");
        Handover.offer(path, loops, () -> List.of(first), () -> {}).sync();
        List<Channel> given = Handover.take(path, loops.next()).sync().getNow();
        assertThat(given).hasSize(1);
        first.close().sync();
        CompletableFuture<String> read = new CompletableFuture<>();
        try (DatagramSocket client = new DatagramSocket()) {
            byte[] hello = {'h', 'i'};
            client.send(new DatagramPacket(hello, hello.length, first.localAddress()));
            Channel second = Sockets.adoptingDatagrams(loops.next(), given.get(0), new Reading(read))
                    .register()
                    .sync()
                    .channel();
            assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("hi");
            second.close().sync();
        }
    }

    private static final class Reading extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<String> read;

        Reading(CompletableFuture<String> read) {
            this.read = read;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = ((io.netty.channel.socket.DatagramPacket) message).content();
            read.complete(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }
    }

    @Test
    void where_nobody_offers_there_is_nothing_to_take() throws Exception {
        Assumptions.assumeTrue(Sockets.EPOLL);
        Future<?> given = Handover.take(folder.resolve("nobody"), loops.next());
        assertThat(given.await(5_000)).isTrue();
        assertThat(given.isSuccess()).isFalse();
    }
}

package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
@ParameterizedClass
@EnumSource
class RelayTest {
    /** More than the buffers of all sockets on the way hold. */
    private static final long LARGE = 192 << 20;

    /** The two kinds of loops that {@link Sockets} chooses from; on epoll bytes are pumped where nothing stands above. */
    enum Transport {
        EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
        EPOLL_COPYING(EpollServerSocketChannel.class, EpollSocketChannel.class),
        NIO(NioServerSocketChannel.class, NioSocketChannel.class);

        private final Class<? extends ServerChannel> listening;
        private final Class<? extends Channel> stream;

        Transport(Class<? extends ServerChannel> listening, Class<? extends Channel> stream) {
            this.listening = listening;
            this.stream = stream;
        }

        EventLoopGroup loops() {
            assumeTrue(this == NIO || Sockets.EPOLL);
            return this != NIO ? Sockets.loops(1) : new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        }
    }

    private final Transport transport;
    private final EventLoopGroup loops;
    private final AtomicReference<Future<Relay.Totals>> relayed = new AtomicReference<>();
    private final AtomicReference<Channel> upstreamChannel = new AtomicReference<>();
    private ServerSocket origin;
    private Channel listener;
    private Socket client;
    private Socket server;

    RelayTest(Transport transport) {
        this.transport = transport;
        this.loops = transport.loops();
    }

    @BeforeEach
    void connect() throws Exception {
        InetAddress local = InetAddress.getLoopbackAddress();
        origin = new ServerSocket(0, 1, local);
        listener = new ServerBootstrap()
                .group(loops)
                .channel(transport.listening)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, Sockets.READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Sockets.WATER_MARK)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (transport == Transport.EPOLL_COPYING) {
                            channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
                        }
                        channel.pipeline().addLast(EndOfStream.ToFin.INSTANCE);
                        new Bootstrap()
                                .group(channel.eventLoop())
                                .channel(transport.stream)
                                .option(ChannelOption.AUTO_READ, false)
                                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                                .option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.READS)
                                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Sockets.WATER_MARK)
                                .handler(EndOfStream.ToFin.INSTANCE)
                                .connect(origin.getLocalSocketAddress())
                                .addListener((io.netty.channel.ChannelFutureListener) up -> {
                                    upstreamChannel.set(up.channel());
                                    relayed.set(Relay.hold(channel).join(up.channel()));
                                });
                    }
                })
                .bind(new InetSocketAddress(local, 0))
                .sync()
                .channel();
        client = new Socket(local, ((InetSocketAddress) listener.localAddress()).getPort());
        server = origin.accept();
        while (relayed.get() == null) {
            Thread.onSpinWait();
        }
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        server.close();
        origin.close();
        listener.close().sync();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        client.getOutputStream().write("question".getBytes(US_ASCII));
        client.shutdownOutput();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");

        server.getOutputStream().write("answer".getBytes(US_ASCII));
        server.close();
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
        client.close();
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(8, 6, Relay.End.DONE));
    }

    @Test
    void half_close_of_the_origin_still_lets_the_client_speak() throws Exception {
        server.getOutputStream().write("greeting".getBytes(US_ASCII));
        server.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("greeting");

        client.getOutputStream().write("question".getBytes(US_ASCII));
        client.close();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(8, 8, Relay.End.DONE));
    }

    @Test
    void an_answer_larger_than_the_sockets_follows_a_half_close_whole() throws Exception {
        client.getOutputStream().write("question".getBytes(US_ASCII));
        client.shutdownOutput();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
        assertWhole(server, client);
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(8, LARGE, Relay.End.DONE));
    }

    @Test
    void an_upload_larger_than_the_sockets_follows_a_half_close_whole() throws Exception {
        server.getOutputStream().write("greeting".getBytes(US_ASCII));
        server.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("greeting");
        assertWhole(client, server);
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(LARGE, 8, Relay.End.DONE));
    }

    /** What {@code from} sends and closes after {@code to} has stopped reading is all there when it reads again. */
    private static void assertWhole(Socket from, Socket to) throws Exception {
        to.setReceiveBufferSize(64 << 10);
        AtomicLong sent = new AtomicLong();
        Thread writer = new Thread(() -> {
            try (from) {
                byte[] block = new byte[65536];
                while (sent.get() < LARGE) {
                    from.getOutputStream().write(block);
                    sent.addAndGet(block.length);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        AtomicLong before = new AtomicLong();
        await().pollInterval(Duration.ofMillis(200))
                .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
        assertThat(sent).hasValueLessThan(LARGE);
        long total = 0;
        byte[] block = new byte[65536];
        for (int n; (n = to.getInputStream().read(block)) >= 0; ) {
            total += n;
        }
        assertThat(total).isEqualTo(LARGE);
        writer.join();
        to.close();
    }

    @Test
    void a_reset_of_the_client_after_its_end_is_told_to_an_origin_that_is_silent() throws Exception {
        assumeTrue(transport != Transport.NIO, "NIO learns of a reset only by reading or writing");
        client.shutdownOutput();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        client.setSoLinger(true, 0);
        client.close();
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(0, 0, Relay.End.CLIENT_RESET));
        assertThatThrownBy(() -> server.getOutputStream().write(1)).isInstanceOf(IOException.class);
    }

    @Test
    void a_reset_of_the_client_after_its_end_is_a_reset_for_the_origin() throws Exception {
        client.getOutputStream().write("question".getBytes(US_ASCII));
        client.shutdownOutput();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
        client.close();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        server.getOutputStream().write(new byte[65536]);
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(relayed.get().get(5, TimeUnit.SECONDS).end()).isEqualTo(Relay.End.CLIENT_RESET);
    }

    @Test
    void a_reset_of_the_origin_after_the_clients_end_is_a_reset_for_the_client() throws Exception {
        client.shutdownOutput();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        server.getOutputStream().write(1);
        assertThat(client.getInputStream().read()).isEqualTo(1);
        server.setSoLinger(true, 0);
        server.close();
        assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
        assertThat(relayed.get().get(5, TimeUnit.SECONDS).end()).isEqualTo(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void ends_of_both_at_once_are_a_clean_end() throws Exception {
        client.shutdownOutput();
        server.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        assertThat(relayed.get().get(5, TimeUnit.SECONDS)).isEqualTo(new Relay.Totals(0, 0, Relay.End.DONE));
    }

    @Test
    void a_slow_reader_pauses_the_writer_instead_of_growing_memory() throws Exception {
        server.setSoTimeout(1000);
        Thread writer = new Thread(() -> {
            try {
                byte[] block = new byte[65536];
                for (int i = 0; i < 1600; i++) {
                    client.getOutputStream().write(block);
                }
                client.shutdownOutput();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        Thread.sleep(1500);
        long queued = upstreamChannel.get().unsafe().outboundBuffer().totalPendingWriteBytes();
        assertThat(queued).isLessThan(129 << 10); // 128 KiB, and what Netty adds for each buffer
        InputStream in = server.getInputStream();
        long total = 0;
        for (int n; (n = in.read(new byte[65536])) >= 0; ) {
            total += n;
        }
        assertThat(total).isEqualTo(1600L * 65536);
        writer.join();
    }

    @Test
    void a_reset_of_the_origin_is_a_reset_for_the_client() throws Exception {
        server.setSoLinger(true, 0);
        server.close();
        assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
        assertThat(relayed.get().get(5, TimeUnit.SECONDS).end()).isEqualTo(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void a_reset_of_the_client_is_a_reset_for_the_origin() throws Exception {
        client.setSoLinger(true, 0);
        client.close();
        assertThatThrownBy(() -> server.getInputStream().read()).hasMessageContaining("reset");
        assertThat(relayed.get().get(5, TimeUnit.SECONDS).end()).isEqualTo(Relay.End.CLIENT_RESET);
    }
}

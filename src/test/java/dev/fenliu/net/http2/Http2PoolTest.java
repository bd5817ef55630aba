package dev.fenliu.net.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Failure;
import dev.fenliu.net.Relay;
import dev.fenliu.tunnel.Loopback;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class Http2PoolTest {
    private final Passage passage = new Passage();

    @AfterEach
    void close() throws Exception {
        passage.close();
    }

    @Test
    void bulk_passes_both_ways_and_both_ends_of_the_stream_pass_too() throws Exception {
        int port = port(Loopback::echo);
        byte[] bytes = new byte[20 << 20];
        new Random(1).nextBytes(bytes);
        try (Socket socket = Passage.connect(port)) {
            Loopback.thread(() -> {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            });
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes);
        }
        await().untilAsserted(() -> assertThat(passage.served)
                .containsExactly(new Relay.Totals(bytes.length, bytes.length, Relay.End.DONE)));
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        try (Socket socket = Passage.connect(port(Loopback::answerAtEnd))) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 100000");
        }
    }

    @Test
    void an_origin_that_speaks_first_and_ends_is_heard() throws Exception {
        try (Socket socket = Passage.connect(port(Loopback::greet))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void many_streams_share_one_connection_and_one_more_than_it_takes_gets_another() throws Exception {
        int port = port(Loopback::echo);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i <= ClientConnection.MOST_STREAMS; i++) {
            Socket socket = Passage.connect(port);
            sockets.add(socket);
            echo(socket, i);
        }
        assertThat(passage.connections).hasSize(2);
        for (Socket socket : sockets) {
            socket.close();
        }
        await().until(() -> passage.served.size() == sockets.size());
        echo(Passage.connect(port), 7);
        assertThat(passage.connections).hasSize(2);
    }

    /** What it has not taken is far more than the windows of both ends and all buffers on the way. */
    @Test
    void a_stream_whose_reader_stands_still_holds_up_nobody_else() throws Exception {
        int server = passage.server();
        Http2Pool pool = passage.pool(server);
        AtomicInteger sent = new AtomicInteger();
        int flood = passage.here.origin((in, out, socket) -> {
            byte[] chunk = new byte[1 << 16];
            for (int i = 0; i < 4096; i++) {
                out.write(chunk);
                sent.addAndGet(chunk.length);
            }
        });
        int standing = passage.port(pool, flood);
        List<Socket> still = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            still.add(Passage.connect(standing));
        }
        await().until(() -> still.stream().allMatch(Http2PoolTest::hasBytes));
        int before;
        do {
            before = sent.get();
            Thread.sleep(300);
        } while (sent.get() > before);
        assertThat(sent.get()).isLessThan(20 * (16 << 20));
        byte[] bytes = new byte[20 << 20];
        try (Socket socket = Passage.connect(passage.port(pool, passage.here.origin(Loopback::echo)))) {
            Loopback.thread(() -> {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            });
            assertThat(socket.getInputStream().readAllBytes()).hasSize(bytes.length);
        }
        for (Socket socket : still) {
            socket.close();
        }
    }

    @Test
    void a_reset_by_the_origin_is_one_for_the_client() throws Exception {
        CountDownLatch said = new CountDownLatch(1);
        int port = port((in, out, socket) -> {
            out.write('x');
            said.await();
            socket.setSoLinger(true, 0);
        });
        try (Socket socket = Passage.connect(port)) {
            assertThat(socket.getInputStream().read()).isEqualTo('x');
            said.countDown();
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> socket.getInputStream().read())
                    .isInstanceOf(IOException.class);
        }
        await().untilAsserted(() ->
                assertThat(passage.served).extracting(Relay.Totals::end).containsExactly(Relay.End.UPSTREAM_RESET));
    }

    @Test
    void a_reset_by_the_client_is_one_for_the_origin() throws Exception {
        CountDownLatch broken = new CountDownLatch(1);
        int port = port((in, out, socket) -> {
            out.write('x');
            try {
                in.read();
            } catch (IOException e) {
                broken.countDown();
            }
        });
        Socket socket = Passage.connect(port);
        assertThat(socket.getInputStream().read()).isEqualTo('x');
        socket.setSoLinger(true, 0);
        socket.close();
        broken.await();
    }

    @Test
    void a_refusal_is_told_and_the_connection_stays() throws Exception {
        Http2Pool pool = passage.pool(passage.server());
        int nobody = new java.net.ServerSocket(0, 1, Loopback.LOCAL) {
            {
                close();
            }
        }.getLocalPort();
        assertThat(Passage.connect(passage.port(pool, nobody)).getInputStream().read())
                .isEqualTo(-1);
        await().until(() -> !passage.failures.isEmpty());
        assertThat(passage.failures.peek()).hasMessage("status 502");
        echo(Passage.connect(passage.port(pool, passage.here.origin(Loopback::echo))), 1);
    }

    @Test
    void after_goaway_running_streams_go_on_and_new_ones_take_another_connection() throws Exception {
        int port = port(Loopback::echo);
        Socket first = Passage.connect(port);
        echo(first, 1);
        Channel connection = passage.connections.get(0);
        connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        await().until(() -> {
            echo(Passage.connect(port), 2);
            return passage.connections.size() == 2;
        });
        echo(first, 3);
        first.close();
        await().until(() -> !connection.isActive());
    }

    @Test
    void a_stream_that_the_server_refused_to_look_at_is_opened_again() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        int server = passage.listen(channel -> scripted(channel, new Http2Settings(), head -> {
            channel.write(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM).stream(head.stream()));
            asked.incrementAndGet();
        }));
        Http2Pool pool = passage.pool(server);
        Passage.connect(passage.port(pool, 1)).getInputStream().read();
        await().until(() -> !passage.failures.isEmpty());
        assertThat(asked).hasValue(2);
        assertThat(passage.failures.peek().kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }

    @Test
    void no_more_streams_than_the_server_allows_are_opened_on_a_connection() throws Exception {
        Http2Settings settings = new Http2Settings().maxConcurrentStreams(2);
        int server = passage.listen(channel -> scripted(
                channel,
                settings,
                head -> channel.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200"), false)
                        .stream(head.stream()))));
        int port = passage.port(passage.pool(server), 1);
        Passage.connect(port);
        await().until(() ->
                passage.connections.size() == 1 && passage.connections.get(0).isActive());
        Thread.sleep(200); // for the settings to come
        for (int i = 0; i < 3; i++) {
            Passage.connect(port);
        }
        await().until(() -> passage.connections.size() == 2);
        assertThat(passage.failures).isEmpty();
    }

    /** The second attempt has no better luck, which is what the client learns. */
    @Test
    void a_server_that_answers_nothing_is_given_up_within_seconds() throws Exception {
        int server = passage.here.origin((in, out, socket) -> in.readAllBytes());
        Socket socket = Passage.connect(passage.port(passage.pool(server), 1));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        await().until(() -> !passage.failures.isEmpty());
        assertThat(passage.failures.peek().kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }

    private int port(Loopback.Service origin) throws Exception {
        return passage.port(passage.pool(passage.server()), passage.here.origin(origin));
    }

    private static void scripted(
            Channel channel, Http2Settings settings, java.util.function.Consumer<Http2HeadersFrame> request) {
        channel.pipeline()
                .addLast(Http2FrameCodecBuilder.forServer()
                        .initialSettings(settings)
                        .build())
                .addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        if (message instanceof Http2HeadersFrame head) {
                            request.accept(head);
                            ctx.flush();
                        }
                        ReferenceCountUtil.release(message);
                    }
                });
    }

    private static boolean hasBytes(Socket socket) {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void echo(Socket socket, int number) throws IOException {
        byte[] text = ("number " + number).getBytes(StandardCharsets.US_ASCII);
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream();
        out.write(text);
        assertThat(in.readNBytes(text.length)).isEqualTo(text);
    }
}

package dev.fenliu.dns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DNS over HTTP/2 against a server that misbehaves; without TLS, which the tests with other programs cover. */
@Timeout(60)
class HttpsCarrierTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(2);
    private static final Query QUERY = Replies.query("www.example.test", Query.A);

    private final EventLoop loop = LOOPS.next();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Http2Headers> requests = new CopyOnWriteArrayList<>();
    private Channel server;
    private StreamExchanger exchanger;

    /** What the server does with a complete request. */
    interface Reaction {
        void to(byte[] query, ChannelHandlerContext stream, int connection);
    }

    @AfterEach
    void close() throws Exception {
        exchanger.close();
        server.close().get(5, SECONDS);
        loop.submit(() -> {}).get(5, SECONDS);
    }

    @AfterAll
    static void shutDown() throws Exception {
        LOOPS.shutdownGracefully(0, 2, SECONDS).get(5, SECONDS);
    }

    private void serve(Reaction reaction) throws Exception {
        server = Sockets.server(LOOPS, InetAddress.getLoopbackAddress(), child -> {
                    int number = connections.incrementAndGet();
                    child.pipeline()
                            .addLast(Http2FrameCodecBuilder.forServer()
                                    .initialSettings(new Http2Settings().maxConcurrentStreams(10))
                                    .gracefulShutdownTimeoutMillis(0)
                                    .build())
                            .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                                @Override
                                protected void initChannel(Channel stream) {
                                    stream.pipeline().addLast(new Request(reaction, number));
                                }
                            }));
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        exchanger = new StreamExchanger(loop, this::connect);
    }

    private Future<Carrier> connect() {
        Promise<Carrier> carrier = loop.newPromise();
        InetSocketAddress there = (InetSocketAddress) server.localAddress();
        AddressRace.connect(
                        List.of(there.getAddress()),
                        there.getPort(),
                        SocketOptions.DEFAULT,
                        Duration.ofSeconds(5),
                        loop)
                .addListener((Future<Channel> connected) -> {
                    connected.getNow().pipeline().addLast(ReadAlways.INSTANCE);
                    carrier.setSuccess(HttpsCarrier.start(connected.getNow(), "dns.example", "/dns-query"));
                });
        return carrier;
    }

    private final class Request extends SimpleChannelInboundHandler<Http2StreamFrame> {
        private final Reaction reaction;
        private final int connection;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        Request(Reaction reaction, int connection) {
            this.reaction = reaction;
            this.connection = connection;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
            if (frame instanceof Http2HeadersFrame headers) {
                requests.add(headers.headers());
            } else if (frame instanceof Http2DataFrame data) {
                body.writeBytes(ByteBufUtil.getBytes(data.content()));
                if (data.isEndStream()) {
                    reaction.to(body.toByteArray(), ctx, connection);
                }
            }
        }
    }

    private static void respond(ChannelHandlerContext stream, String status, String type, byte[] body) {
        Http2Headers headers = new DefaultHttp2Headers().status(status).set("content-type", type);
        stream.write(new DefaultHttp2HeadersFrame(headers));
        stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }

    private static void answer(byte[] query, ChannelHandlerContext stream) {
        respond(stream, "200", "application/dns-message", Replies.a(query, "10.0.0.1"));
    }

    private Future<byte[]> ask() throws Exception {
        return loop.submit(() -> exchanger.exchange(QUERY, Edns.PLAIN, 5000)).get(5, SECONDS);
    }

    private static void assertAnswered(Future<byte[]> message) throws Exception {
        assertThat(AnswerReader.read(QUERY, message.get(10, SECONDS), 0).addresses())
                .hasToString("[/10.0.0.1]");
    }

    private static String failure(Future<byte[]> message) throws Exception {
        assertThat(message.await(10, SECONDS)).isTrue();
        return Failure.of(message.cause()).text();
    }

    @Test
    void a_query_is_posted_as_the_rfc_says() throws Exception {
        List<byte[]> seen = new CopyOnWriteArrayList<>();
        serve((query, stream, connection) -> {
            seen.add(query);
            answer(query, stream);
        });
        assertAnswered(ask());
        Http2Headers request = requests.get(0);
        assertThat(request.method()).hasToString("POST");
        assertThat(request.scheme()).hasToString("https");
        assertThat(request.authority()).hasToString("dns.example");
        assertThat(request.path()).hasToString("/dns-query");
        assertThat(request.get("content-type")).hasToString("application/dns-message");
        assertThat(request.get("accept")).hasToString("application/dns-message");
        assertThat(Query.u16(seen.get(0), 0)).isZero();
        assertThat(seen.get(0)).hasSize(128);
    }

    @Test
    void more_queries_than_streams_share_one_connection() throws Exception {
        serve((query, stream, connection) -> answer(query, stream));
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            answers.add(ask());
        }
        for (Future<byte[]> answer : answers) {
            assertAnswered(answer);
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void queries_that_are_there_before_the_servers_settings_keep_to_them() throws Exception {
        serve((query, stream, connection) -> answer(query, stream));
        List<Future<byte[]>> answers = new ArrayList<>();
        loop.submit(() -> {
                    for (int i = 0; i < 80; i++) {
                        answers.add(exchanger.exchange(QUERY, Edns.PLAIN, 5000));
                    }
                })
                .get(5, SECONDS);
        for (Future<byte[]> answer : answers) {
            assertAnswered(answer);
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void queries_that_wait_for_the_settings_learn_of_the_end() throws Exception {
        serve((query, stream, connection) -> {});
        server.close().get(5, SECONDS);
        server = Sockets.server(LOOPS, InetAddress.getLoopbackAddress(), child -> {
                    connections.incrementAndGet();
                    child.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object message) {
                            ReferenceCountUtil.release(message);
                            ctx.close();
                        }
                    });
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        List<Future<byte[]>> answers = new ArrayList<>();
        loop.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        answers.add(exchanger.exchange(QUERY, Edns.PLAIN, 5000));
                    }
                })
                .get(5, SECONDS);
        for (Future<byte[]> answer : answers) {
            assertThat(failure(answer)).isEqualTo("the connection ended before the answer");
        }
        assertThat(connections).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({
        "429, HTTP 429: it is asked too often",
        "413, HTTP 413: the query is too large for it",
        "503, HTTP 503",
        "302, HTTP 302",
    })
    void an_http_error_is_a_failure_that_says_so(String status, String words) throws Exception {
        serve((query, stream, connection) ->
                respond(stream, status, "application/dns-message", Replies.a(query, "10.0.0.1")));
        assertThat(failure(ask())).isEqualTo(words);
        assertThat(failure(ask())).isEqualTo(words);
        assertThat(connections).as("the connection is fine").hasValue(1);
    }

    @Test
    void a_web_page_is_no_answer() throws Exception {
        serve((query, stream, connection) -> respond(
                stream,
                "200",
                "text/html",
                "<html>log in first</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertThat(failure(ask())).contains("something else than DNS");
    }

    @Test
    void an_answer_to_another_question_is_refused() throws Exception {
        serve((query, stream, connection) -> {
            query[13] = 'x';
            answer(query, stream);
        });
        assertThat(failure(ask())).isEqualTo("answered another question");
    }

    @Test
    void an_empty_answer_is_refused() throws Exception {
        serve((query, stream, connection) -> respond(stream, "200", "application/dns-message", new byte[0]));
        assertThat(failure(ask())).isEqualTo("answered another question");
    }

    @Test
    void an_answer_without_end_is_cut_off() throws Exception {
        serve((query, stream, connection) -> {
            Http2Headers headers =
                    new DefaultHttp2Headers().status("200").set("content-type", "application/dns-message");
            stream.write(new DefaultHttp2HeadersFrame(headers));
            for (int i = 0; i < 100; i++) {
                stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[1000]), false));
            }
            stream.flush();
        });
        assertThat(failure(ask())).isEqualTo("sent more than a DNS message holds");
    }

    @Test
    void an_answer_may_come_byte_by_byte_after_an_interim_response() throws Exception {
        serve((query, stream, connection) -> {
            stream.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("103")));
            Http2Headers headers =
                    new DefaultHttp2Headers().status("200").set("content-type", "application/dns-message");
            stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers));
            byte[] reply = Replies.a(query, "10.0.0.1");
            for (int i = 0; i < reply.length; i++) {
                stream.writeAndFlush(new DefaultHttp2DataFrame(
                        Unpooled.wrappedBuffer(new byte[] {reply[i]}), i == reply.length - 1));
            }
        });
        assertAnswered(ask());
    }

    @Test
    void after_goaway_the_next_query_goes_over_a_new_connection() throws Exception {
        serve((query, stream, connection) -> {
            if (connection == 1) {
                stream.channel().parent().write(goAway(0));
            }
            answer(query, stream);
        });
        assertAnswered(ask());
        assertAnswered(ask());
        assertThat(connections).hasValue(2);
    }

    /** @param extra streams beyond the last one seen that are still served */
    private static DefaultHttp2GoAwayFrame goAway(int extra) {
        DefaultHttp2GoAwayFrame frame = new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR);
        frame.setExtraStreamIds(extra);
        return frame;
    }

    @Test
    void what_the_server_drops_is_asked_once_more() throws Exception {
        serve((query, stream, connection) -> {
            if (connection == 1) {
                stream.channel().parent().close();
            } else {
                answer(query, stream);
            }
        });
        assertAnswered(ask());
        assertThat(connections).hasValue(2);
    }

    @Test
    void a_stream_that_is_reset_is_asked_once_more() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        serve((query, stream, connection) -> {
            if (asked.incrementAndGet() == 1) {
                stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
            } else {
                answer(query, stream);
            }
        });
        assertAnswered(ask());
    }
}

package dev.fenliu.dns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.TestCertificates;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;

@Timeout(60)
class StreamExchangerTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final Query QUERY = Replies.query("www.example.test", Query.A);

    private final EventLoop loop = LOOPS.next();
    private FakeServer server;
    private Exchanger exchanger;

    @AfterEach
    void close() throws Exception {
        if (exchanger != null) {
            exchanger.close();
        }
        if (server != null) {
            server.close();
        }
        loop.submit(() -> {}).get(5, SECONDS);
    }

    @AfterAll
    static void shutDown() throws Exception {
        LOOPS.shutdownGracefully(0, 1, SECONDS).get(5, SECONDS);
    }

    private void serve(FakeServer.Conversation conversation) throws IOException {
        server = FakeServer.tcp(conversation);
        exchangeWith(Upstream.parse("tcp://" + Sockets.text(server.address())));
    }

    private void serveTls(FakeServer.Conversation conversation) throws Exception {
        server = FakeServer.tls(TestCertificates.server(), List.of(), conversation);
        exchangeWith(Upstream.parse("tls://" + Sockets.text(server.address())).with(TestCertificates.client()));
    }

    private void exchangeWith(Upstream upstream) throws IOException {
        Transports transports = new Transports(
                loop, SocketOptions.DEFAULT, List.of(), System::nanoTime, new RebindingGuard(java.util.Set.of("test")));
        exchanger = transports.exchanger(upstream, new DirectStreams(SocketOptions.DEFAULT, null));
    }

    private Future<byte[]> ask(Query query, long millis) throws Exception {
        return loop.submit(() -> exchanger.exchange(query, Edns.PLAIN, millis)).get(5, SECONDS);
    }

    private static void assertAddress(Future<byte[]> message, String address) throws Exception {
        Answer answer = AnswerReader.read(QUERY, message.get(10, SECONDS), 0);
        assertThat(answer.addresses()).hasToString("[/" + address + "]");
    }

    private static String failure(Future<byte[]> message) throws Exception {
        assertThat(message.await(10, SECONDS)).isTrue();
        return Failure.of(message.cause()).text();
    }

    private static void answerForever(FakeServer.Peer peer) throws IOException {
        while (true) {
            peer.send(Replies.a(peer.query(), "10.0.0.1"));
        }
    }

    @Test
    void queries_share_a_connection() throws Exception {
        serve(StreamExchangerTest::answerForever);
        for (int i = 0; i < 50; i++) {
            assertAddress(ask(QUERY, 5000), "10.0.0.1");
        }
        assertThat(server.connections).hasValue(1);
    }

    @Test
    void answers_may_come_in_any_order() throws Exception {
        serve(peer -> {
            while (true) {
                List<byte[]> queries = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    queries.add(peer.query());
                }
                Collections.reverse(queries);
                for (byte[] query : queries) {
                    peer.send(Replies.to(
                            query, 0, new Message(query).getQuestion().getName() + " 60 IN A 10.0.0.1"));
                }
            }
        });
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(ask(Replies.query("n" + i + ".example.test", Query.A), 5000));
        }
        for (int i = 0; i < 20; i++) {
            Message message = new Message(answers.get(i).get(5, SECONDS));
            assertThat(message.getQuestion().getName()).hasToString("n" + i + ".example.test.");
        }
    }

    @Test
    void a_connection_is_replaced_after_a_hundred_queries() throws Exception {
        serve(StreamExchangerTest::answerForever);
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            answers.add(ask(QUERY, 5000));
        }
        for (Future<byte[]> answer : answers) {
            assertAddress(answer, "10.0.0.1");
        }
        assertThat(server.connections).hasValue(3);
    }

    @Test
    void a_server_that_closes_after_each_answer_loses_no_query_that_comes_alone() throws Exception {
        serve(peer -> peer.send(Replies.a(peer.query(), "10.0.0.1")));
        for (int i = 0; i < 200; i++) {
            assertAddress(ask(QUERY, 5000), "10.0.0.1");
        }
    }

    @Test
    void what_a_closed_connection_left_open_is_asked_once_more() throws Exception {
        serve(peer -> {
            if (peer.number() == 1) {
                for (int i = 0; i < 10; i++) {
                    peer.query();
                }
            } else {
                answerForever(peer);
            }
        });
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(ask(QUERY, 5000));
        }
        for (Future<byte[]> answer : answers) {
            assertAddress(answer, "10.0.0.1");
        }
        assertThat(server.connections).hasValue(2);
    }

    @Test
    void a_query_that_closes_two_connections_fails() throws Exception {
        serve(FakeServer.Peer::query);
        assertThat(failure(ask(QUERY, 5000))).isEqualTo("the connection ended before the answer");
        assertThat(server.connections).hasValue(2);
    }

    @Test
    void a_silent_connection_is_left_at_the_first_missed_deadline() throws Exception {
        serve(peer -> {
            if (peer.number() == 1) {
                peer.send(Replies.a(peer.query(), "10.0.0.1"));
                peer.in().readAllBytes();
            } else {
                answerForever(peer);
            }
        });
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertThat(failure(ask(QUERY, 100))).isEqualTo("no answer in 100 ms");
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertThat(server.connections).hasValue(2);
    }

    @Test
    void a_slow_answer_does_not_cost_a_connection_that_talks() throws Exception {
        serve(peer -> {
            byte[] held = peer.query();
            while (true) {
                peer.send(Replies.a(peer.query(), "10.0.0.1"));
                assertThat(held).isNotNull();
            }
        });
        Future<byte[]> slow = ask(QUERY, 1000);
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertThat(failure(slow)).contains("no answer");
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertThat(server.connections).hasValue(1);
    }

    @Test
    void an_answer_may_come_in_single_bytes() throws Exception {
        serve(peer -> {
            while (true) {
                for (byte b : FakeServer.framed(Replies.a(peer.query(), "10.0.0.1"))) {
                    peer.out().write(b);
                    peer.out().flush();
                }
            }
        });
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
    }

    @Test
    void the_longest_message_arrives_whole() throws Exception {
        serve(peer -> {
            while (true) {
                byte[] reply = Replies.a(peer.query(), "10.0.0.1");
                peer.send(java.util.Arrays.copyOf(reply, 65_535)); // the rest is padding
            }
        });
        assertThat(ask(QUERY, 5000).get(10, SECONDS)).hasSize(65_535);
    }

    @Test
    void the_answer_to_another_question_fails_the_query_and_ends_the_connection() throws Exception {
        serve(peer -> {
            if (peer.number() == 1) {
                byte[] query = peer.query();
                query[13] = 'x';
                peer.send(Replies.a(query, "10.6.6.6"));
                peer.in().readAllBytes();
            } else {
                answerForever(peer);
            }
        });
        assertThat(failure(ask(QUERY, 5000))).isEqualTo("answered another question");
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
    }

    /** Answers another question first, and then, as one piece, all the others in order. */
    private static void mixUp(FakeServer.Peer peer) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 10; i++) {
            byte[] query = peer.query();
            query[13] = i == 0 ? (byte) 'x' : query[13];
            all.writeBytes(FakeServer.framed(Replies.a(query, "10.6.6.6")));
        }
        peer.write(all.toByteArray());
        peer.in().readAllBytes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_waits_beside_a_mixed_up_answer_is_asked_once_more_on_another_connection(boolean tls) throws Exception {
        FakeServer.Conversation conversation = peer -> {
            if (peer.number() == 1) {
                mixUp(peer);
            } else {
                answerForever(peer);
            }
        };
        if (tls) {
            serveTls(conversation);
        } else {
            serve(conversation);
        }
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(ask(QUERY, 5000));
        }
        assertThat(failure(answers.get(0))).isEqualTo("answered another question");
        for (Future<byte[]> answer : answers.subList(1, 10)) {
            assertAddress(answer, "10.0.0.1");
        }
        assertThat(server.connections).hasValue(2);
    }

    @Test
    void a_connection_that_mixed_up_an_answer_is_done_with_before_it_has_closed() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
                ctx.pipeline().remove(this); // this once nothing happens, as while TLS says goodbye
            }
        });
        Carrier carrier = PipelinedCarrier.on(channel, true);
        Future<byte[]> first = carrier.ask(QUERY, Edns.NONE);
        Future<byte[]> second = carrier.ask(QUERY, Edns.NONE);
        channel.releaseOutbound();
        byte[] other = Replies.asked("other.example.test", Query.A);
        other[1] = 1;
        byte[] right = Replies.asked("www.example.test", Query.A);
        right[1] = 2;
        channel.writeInbound(Unpooled.wrappedBuffer(
                FakeServer.framed(Replies.a(other, "10.6.6.6")), FakeServer.framed(Replies.a(right, "10.6.6.6"))));
        assertThat(channel.isActive()).isTrue();
        assertThat(Failure.of(first.cause()).text()).isEqualTo("answered another question");
        assertThat(second.cause()).isSameAs(Carrier.LOST);
        assertThat(carrier.spent()).isTrue();
        assertThat(carrier.ask(QUERY, Edns.NONE).cause()).isSameAs(Carrier.LOST);
        channel.finishAndReleaseAll();
    }

    @Test
    void answers_that_nobody_asked_for_are_ignored() throws Exception {
        serve(peer -> {
            byte[] reply = Replies.a(peer.query(), "10.0.0.1");
            byte[] other = reply.clone();
            other[1] ^= 0x55;
            peer.send(other);
            peer.send(new byte[0]);
            peer.send(new byte[] {1, 2, 3});
            peer.send(reply);
            peer.in().readAllBytes();
        });
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
    }

    @Test
    void an_answer_cut_short_over_tcp_is_a_failure() throws Exception {
        serve(peer -> {
            byte[] reply = Replies.a(peer.query(), "10.0.0.1");
            reply[2] |= 2;
            peer.send(reply);
            peer.in().readAllBytes();
        });
        assertThat(failure(ask(QUERY, 5000))).isEqualTo("cut its answer short");
    }

    @Test
    void a_refused_connection_fails_at_once_and_is_tried_again_by_the_next_query() throws Exception {
        try (Socket bound = new Socket()) { // nobody else can listen there
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            exchangeWith(Upstream.parse("tcp://127.0.0.1:" + bound.getLocalPort()));
            assertThat(failure(ask(QUERY, 5000))).contains("connection refused");
            assertThat(failure(ask(QUERY, 5000))).contains("connection refused");
        }
    }

    @Test
    void closing_fails_what_is_under_way_and_what_comes_later() throws Exception {
        serve(peer -> peer.in().readAllBytes());
        Future<byte[]> early = ask(QUERY, 20_000);
        exchanger.close();
        assertThat(failure(early)).isIn("closed", "the connection ended before the answer");
        assertThat(failure(ask(QUERY, 20_000))).isEqualTo("closed");
    }
}

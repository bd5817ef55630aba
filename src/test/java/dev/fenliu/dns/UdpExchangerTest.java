package dev.fenliu.dns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class UdpExchangerTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final Query QUERY = Replies.query("www.example.test", Query.A);

    private final EventLoop loop = LOOPS.next();
    private final FakeExchanger tcp = new FakeExchanger(loop);
    private FakeServer server;
    private UdpExchanger exchanger;

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

    private void serve(Function<byte[], List<byte[]>> answers) throws Exception {
        server = FakeServer.udp(answers);
        exchanger = new UdpExchanger(loop, server.address(), SocketOptions.DEFAULT, tcp, new SecureRandom());
    }

    private Future<byte[]> ask(Query query, long millis) throws Exception {
        return loop.submit(() -> exchanger.exchange(query, Edns.PLAIN, millis)).get(5, SECONDS);
    }

    private static void assertAddress(Future<byte[]> message, String address) throws Exception {
        Answer answer = AnswerReader.read(QUERY, message.get(10, SECONDS), 0);
        assertThat(answer.addresses()).hasToString("[/" + address + "]");
    }

    private static byte[] withId(byte[] message, int difference) {
        byte[] copy = message.clone();
        copy[1] = (byte) (copy[1] + difference);
        return copy;
    }

    @Test
    void datagrams_that_do_not_fit_are_ignored_and_the_right_one_waited_for() throws Exception {
        serve(query -> List.of(
                withId(Replies.a(query, "10.6.6.1"), 1),
                Replies.a(sameIdOtherName(query), "10.6.6.2"),
                query,
                new byte[] {query[0], query[1]},
                new byte[0],
                Replies.a(query, "10.0.0.1")));
        assertAddress(ask(QUERY, 2000), "10.0.0.1");
    }

    private static byte[] sameIdOtherName(byte[] query) {
        byte[] copy = query.clone();
        copy[13] = 'x';
        return copy;
    }

    @Test
    void names_go_out_in_random_case() throws Exception {
        List<byte[]> seen = new ArrayList<>();
        serve(query -> {
            seen.add(query);
            return List.of(Replies.a(query, "10.0.0.1"));
        });
        for (int i = 0; i < 5; i++) {
            assertAddress(ask(QUERY, 2000), "10.0.0.1");
        }
        assertThat(seen)
                .anyMatch(query -> Query.Fit.OTHER_CASE
                        == QUERY.fit(Replies.to(query, 0), Query.u16(query, 0), QUERY.nameBytes()));
    }

    @Test
    void an_answer_in_another_case_is_asked_for_over_tcp() throws Exception {
        Query longName = Replies.query("abcdefghijklmnopqrstuvwxyz.example.test", Query.A);
        serve(query -> {
            byte[] lower = query.clone();
            System.arraycopy(longName.nameBytes(), 0, lower, 12, longName.nameBytes().length);
            return List.of(Replies.a(lower, "10.6.6.6"));
        });
        Future<byte[]> answer = ask(longName, 2000);
        answerOverTcp("abcdefghijklmnopqrstuvwxyz.example.test. 60 IN A 10.0.0.1");
        assertThat(AnswerReader.read(longName, answer.get(5, SECONDS), 0).addresses())
                .hasToString("[/10.0.0.1]");
    }

    @Test
    void a_truncated_answer_is_asked_for_over_tcp() throws Exception {
        serve(query -> {
            byte[] cut = Replies.to(query, 0);
            cut[2] |= 2;
            return List.of(cut);
        });
        Future<byte[]> answer = ask(QUERY, 2000);
        answerOverTcp("www.example.test. 60 IN A 10.0.0.1");
        assertAddress(answer, "10.0.0.1");
    }

    private void answerOverTcp(String record) throws Exception {
        while (!loop.submit(() -> !tcp.asked.isEmpty()).get(5, SECONDS)) {
            Thread.onSpinWait();
        }
        loop.submit(() -> tcp.last().answer(0, record)).get(5, SECONDS);
    }

    @Test
    void a_lost_query_is_sent_again_from_the_same_port() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        serve(query -> seen.incrementAndGet() < 3 ? List.of() : List.of(Replies.a(query, "10.0.0.1")));
        assertAddress(ask(QUERY, 5000), "10.0.0.1");
        assertThat(server.clientPorts).hasSize(3);
        assertThat(server.clientPorts.stream().distinct()).hasSize(1);
    }

    @Test
    void silence_ends_at_the_deadline() throws Exception {
        serve(query -> List.of());
        Future<byte[]> answer = ask(QUERY, 100);
        answer.await(5, SECONDS);
        assertThat(Failure.of(answer.cause()).text()).isEqualTo("no answer in 100 ms");
    }

    @Test
    void many_queries_leave_from_many_ports_and_all_are_answered() throws Exception {
        serve(query -> List.of(Replies.a(query, "10.0.0.1")));
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(ask(QUERY, 5000));
        }
        for (Future<byte[]> answer : answers) {
            assertAddress(answer, "10.0.0.1");
        }
        assertThat(server.clientPorts.stream().distinct().count()).isGreaterThanOrEqualTo(500 / 50);
    }

    @Test
    void no_more_than_two_hundred_are_under_way_and_the_rest_waits_its_turn() throws Exception {
        serve(query -> List.of());
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 1300; i++) {
            answers.add(ask(QUERY, 300));
        }
        assertThat(answers.subList(1200, 1300)).allMatch(Future::isDone);
        for (Future<byte[]> answer : answers) {
            assertThat(answer.await(5, SECONDS)).isTrue();
        }
        // A place that became free is given on: by then most of those who waited had given up too.
        assertThat(loop.submit(() -> exchanger.exchange(QUERY, Edns.PLAIN, 50))
                        .get(5, SECONDS)
                        .await(5, SECONDS))
                .isTrue();
    }

    @Test
    void a_port_where_nobody_listens_fails_before_the_deadline() throws Exception {
        serve(query -> List.of());
        InetSocketAddress free = server.address();
        server.close();
        exchanger = new UdpExchanger(loop, free, SocketOptions.DEFAULT, tcp, new SecureRandom());
        Future<byte[]> answer = ask(QUERY, 20_000);
        assertThat(answer.await(10, SECONDS)).isTrue();
        assertThat(answer.cause()).isInstanceOf(Failure.class);
    }

    @Test
    void closing_fails_what_is_under_way_and_what_comes_later() throws Exception {
        serve(query -> List.of());
        Future<byte[]> early = ask(QUERY, 20_000);
        exchanger.close();
        assertThat(early.await(5, SECONDS)).isTrue();
        assertThat(Failure.of(ask(QUERY, 20_000).cause()).text()).isEqualTo("closed");
    }
}

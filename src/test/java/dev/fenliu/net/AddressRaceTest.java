package dev.fenliu.net;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AddressRaceTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final InetAddress LIVE = Addresses.parse("127.0.0.1");
    private static final InetAddress DEAD = Addresses.parse("127.0.0.2");

    /** Where connections are neither made nor refused. */
    private static final InetAddress SILENT = Addresses.parse("127.0.0.3");

    private final EventLoop loop = LOOPS.next();
    private final List<Socket> filling = new ArrayList<>();
    private ServerSocket live;
    private ServerSocket silent;

    @BeforeEach
    void listen() throws Exception {
        live = new ServerSocket();
        live.bind(new InetSocketAddress(LIVE, 0));
        silent = new ServerSocket();
        silent.bind(new InetSocketAddress(SILENT, live.getLocalPort()), 1);
    }

    /** Fills the queue of a listener that accepts nothing, until the kernel drops what comes more. */
    private void silence() throws IOException {
        while (filling.size() < 16) {
            Socket socket = new Socket();
            filling.add(socket);
            try {
                socket.connect(silent.getLocalSocketAddress(), 300);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("this kernel never stops queueing connections");
    }

    @AfterEach
    void close() throws Exception {
        live.close();
        silent.close();
        for (Socket socket : filling) {
            socket.close();
        }
    }

    @AfterAll
    static void shutDown() throws Exception {
        LOOPS.shutdownGracefully(0, 2, SECONDS).get(5, SECONDS);
    }

    private Future<Channel> start(int timeoutMillis, InetAddress... addresses) throws Exception {
        Promise<Future<Channel>> started = loop.newPromise();
        loop.execute(() -> started.setSuccess(AddressRace.connect(
                List.of(addresses),
                live.getLocalPort(),
                SocketOptions.DEFAULT,
                Duration.ofMillis(timeoutMillis),
                loop)));
        return started.get(5, SECONDS);
    }

    private static List<InetAddress> addresses(String... texts) {
        return Stream.of(texts).map(Addresses::parse).toList();
    }

    private void assertWon(Future<Channel> race) throws Exception {
        assertThat(race.await(10, SECONDS)).isTrue();
        assertThat(race.getNow().remoteAddress()).isEqualTo(live.getLocalSocketAddress());
        race.getNow().close();
    }

    @Test
    void families_take_turns_and_ipv6_begins() {
        assertThat(AddressRace.interleave(addresses("10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2")))
                .isEqualTo(addresses("2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "10.0.0.3"));
    }

    @Test
    void a_refusal_brings_the_next_address_at_once() throws Exception {
        long start = System.nanoTime();
        assertWon(start(5000, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, LIVE));
        assertThat(NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(8 * 250);
    }

    @Test
    void no_more_than_twenty_addresses_are_tried() throws Exception {
        InetAddress[] many = new InetAddress[21];
        Arrays.fill(many, DEAD);
        many[20] = LIVE;
        Future<Channel> race = start(5000, many);
        assertThat(race.await(10, SECONDS)).isTrue();
        assertThat(Failure.of(race.cause()).kind()).isEqualTo(Failure.Kind.REFUSED);
        many[19] = LIVE;
        assertWon(start(5000, many));
    }

    @Test
    void silence_brings_the_next_address_after_a_quarter_of_a_second() throws Exception {
        silence();
        long start = System.nanoTime();
        assertWon(start(10_000, SILENT, LIVE));
        assertThat(NANOSECONDS.toMillis(System.nanoTime() - start)).isBetween(240L, 5000L);
    }

    @Test
    void when_all_fail_the_last_failure_is_told() throws Exception {
        silence();
        Future<Channel> race = start(500, DEAD, SILENT);
        assertThat(race.await(10, SECONDS)).isTrue();
        Failure failure = Failure.of(race.cause());
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TIMEOUT);
        assertThat(failure.text()).startsWith(Addresses.text(SILENT));
    }

    @Test
    void who_gives_up_stops_the_race() throws Exception {
        silence();
        Future<Channel> race = start(10_000, SILENT, LIVE);
        loop.submit(() -> race.cancel(false)).get(5, SECONDS);
        live.setSoTimeout(600);
        assertThatThrownBy(live::accept).isInstanceOf(SocketTimeoutException.class);
    }
}

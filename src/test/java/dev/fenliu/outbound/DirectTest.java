package dev.fenliu.outbound;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DirectTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final InetAddress LIVE = Addresses.parse("127.0.0.1");
    private static final InetAddress DEAD = Addresses.parse("127.0.0.2");

    private final EventLoop loop = LOOPS.next();
    private final AtomicInteger again = new AtomicInteger();
    private ServerSocket origin;

    /** Gives one list at first, and another to who comes back. */
    private final class Changing implements Resolver {
        private final List<InetAddress> first;
        private final Future<List<InetAddress>> second;

        Changing(List<InetAddress> first, Future<List<InetAddress>> second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public Future<List<InetAddress>> resolve(Host.Name name, EventLoop caller) {
            return caller.newSucceededFuture(first);
        }

        @Override
        public Future<List<InetAddress>> resolveAnew(Host.Name name, EventLoop caller) {
            again.incrementAndGet();
            return second;
        }
    }

    @BeforeEach
    void listen() throws Exception {
        origin = new ServerSocket();
        origin.bind(new InetSocketAddress(LIVE, 0));
    }

    @AfterEach
    void close() throws Exception {
        origin.close();
    }

    @AfterAll
    static void shutDown() throws Exception {
        LOOPS.shutdownGracefully(0, 2, SECONDS).get(5, SECONDS);
    }

    private Future<Channel> connect(Resolver resolver, Dial.Guard guard) throws Exception {
        Direct direct = new Direct("direct", SocketOptions.DEFAULT, resolver);
        Destination there = new Destination(new Host.Name("www.example.test"), origin.getLocalPort());
        Promise<Future<Channel>> dialled = loop.newPromise();
        loop.execute(() -> {
            Future<Channel> connecting = direct.connect(new Dial(there, loop, 1, guard));
            connecting.addListener(done -> dialled.setSuccess(connecting));
        });
        return dialled.get(10, SECONDS);
    }

    private Future<Channel> connect(Resolver resolver) throws Exception {
        return connect(resolver, Dial.Guard.NONE);
    }

    @Test
    void an_address_that_is_no_more_is_followed_by_those_of_the_new_answer() throws Exception {
        Future<Channel> dialled = connect(new Changing(List.of(DEAD), loop.newSucceededFuture(List.of(DEAD, LIVE))));
        assertThat(dialled.getNow().remoteAddress()).isEqualTo(origin.getLocalSocketAddress());
        dialled.getNow().close().sync();
        assertThat(again).hasValue(1);
    }

    @Test
    void an_address_that_says_nothing_is_left_for_those_of_the_new_answer() throws Exception {
        try (ServerSocket silent = new ServerSocket()) {
            silent.bind(new InetSocketAddress(DEAD, origin.getLocalPort()), 1);
            List<Socket> waiting = new ArrayList<>();
            try {
                fill(silent, waiting);
                List<InetAddress> fresh = List.of(DEAD, LIVE);
                Future<Channel> dialled = connect(new Changing(List.of(DEAD), loop.newSucceededFuture(fresh)));
                assertThat(dialled.getNow().remoteAddress()).isEqualTo(origin.getLocalSocketAddress());
                dialled.getNow().close().sync();
            } finally {
                for (Socket socket : waiting) {
                    socket.close();
                }
            }
        }
        assertThat(again).hasValue(1);
    }

    /** Connects until nothing answers any more: Linux drops what a full queue cannot take. */
    private static void fill(ServerSocket silent, List<Socket> waiting) throws Exception {
        boolean full = false;
        for (int i = 0; i < 20 && !full; i++) {
            Socket socket = new Socket();
            waiting.add(socket);
            try {
                socket.connect(silent.getLocalSocketAddress(), 500);
            } catch (SocketTimeoutException e) {
                full = true;
            }
        }
        assumeTrue(full);
    }

    @Test
    void the_first_failure_is_told_when_the_new_answer_has_nothing_else() throws Exception {
        Failure unresolved = new Failure(Failure.Kind.UNRESOLVED, "gone");
        for (Future<List<InetAddress>> second :
                List.of(loop.newSucceededFuture(List.of(DEAD)), loop.<List<InetAddress>>newFailedFuture(unresolved))) {
            Failure failure =
                    Failure.of(connect(new Changing(List.of(DEAD), second)).cause());
            assertThat(failure.kind()).isEqualTo(Failure.Kind.REFUSED);
            assertThat(failure.text()).contains("127.0.0.2");
        }
    }

    @Test
    void what_can_be_reached_is_not_looked_up_again() throws Exception {
        connect(new Changing(List.of(DEAD, LIVE), loop.newSucceededFuture(List.of())))
                .getNow()
                .close()
                .sync();
        assertThat(again).hasValue(0);
    }

    @Test
    void addresses_that_the_guard_forbids_are_never_dialled_in_either_round() throws Exception {
        Failure forbidden = new Failure(Failure.Kind.FORBIDDEN, "not there");
        Dial.Guard guard = (address, transport) -> address.getAddress().equals(LIVE) ? forbidden : null;
        Resolver resolver = new Changing(List.of(LIVE, DEAD), loop.newSucceededFuture(List.of(LIVE)));
        assertThat(Failure.of(connect(resolver, guard).cause()).kind()).isEqualTo(Failure.Kind.REFUSED);
        resolver = new Changing(List.of(DEAD), loop.newSucceededFuture(List.of(LIVE)));
        assertThat(connect(resolver, guard).cause()).isSameAs(forbidden);
    }

    @Test
    void who_gives_up_during_the_look_up_dials_nothing() throws Exception {
        Promise<List<InetAddress>> answer = loop.newPromise();
        Direct direct = new Direct("direct", SocketOptions.DEFAULT, (name, caller) -> answer);
        Destination there = new Destination(new Host.Name("www.example.test"), origin.getLocalPort());
        AtomicInteger judged = new AtomicInteger();
        Dial.Guard guard = (address, transport) -> {
            judged.incrementAndGet();
            return null;
        };
        loop.submit(() -> {
                    direct.connect(new Dial(there, loop, 1, guard)).cancel(false);
                    answer.setSuccess(List.of(LIVE));
                })
                .get(5, SECONDS);
        loop.submit(() -> {}).get(5, SECONDS);
        assertThat(judged).hasValue(0);
    }
}

package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flows of our client on connections that it has made ahead, at a server that sees all of them. */
@Timeout(60)
class ReadyLoopbackTest {
    private static final Destination ORIGIN = Destination.parse("127.0.0.1:7");

    /** The key, the command and an IPv4 address, each with what ends it. */
    private static final int REQUEST_BYTES = 56 + 2 + 1 + 1 + 4 + 2 + 2;

    private final Loopback here = new Loopback();
    private final Set<SSLSocket> unused = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<SSLSocket> served = new LinkedBlockingQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private SSLServerSocket server;
    private Outbound client;
    private int port;

    /** What the server does before it shakes hands, and before it reads. */
    private volatile Chaos chaos = socket -> {};

    private interface Chaos {
        void meet(SSLSocket socket) throws Exception;
    }

    @BeforeEach
    void listen() throws Exception {
        server = (SSLServerSocket)
                TestCertificates.server().getServerSocketFactory().createServerSocket(0, 200, Loopback.LOCAL);
        Loopback.thread(() -> {
            while (true) {
                SSLSocket socket = (SSLSocket) server.accept();
                open.incrementAndGet();
                Loopback.thread(() -> serve(socket));
            }
        });
        client = new TrojanEnds(here).client(server.getLocalPort());
        port = here.forward(client, ORIGIN);
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        here.close();
    }

    private void serve(SSLSocket socket) throws Exception {
        try (socket) {
            chaos.meet(socket);
            socket.startHandshake();
            unused.add(socket);
            if (socket.getInputStream().readNBytes(REQUEST_BYTES).length == REQUEST_BYTES) {
                unused.remove(socket);
                served.add(socket);
                socket.getInputStream().transferTo(socket.getOutputStream());
            }
        } finally {
            unused.remove(socket);
            open.decrementAndGet();
        }
    }

    /** Whether what was sent came back. */
    private boolean flow() {
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            socket.getOutputStream().write("ping".getBytes(US_ASCII));
            byte[] answer = new byte[4];
            return socket.getInputStream().readNBytes(answer, 0, 4) == 4 && new String(answer, US_ASCII).equals("ping");
        } catch (IOException e) {
            return false; // a reset
        }
    }

    @Test
    void a_flow_that_follows_others_finds_a_connection_that_has_shaken_hands() throws Exception {
        boolean found = false;
        while (!found) {
            Set<SSLSocket> before = Set.copyOf(unused);
            assertThat(flow()).isTrue();
            found = before.contains(served.poll(10, TimeUnit.SECONDS));
        }
        client.close();
        await().untilAsserted(() -> assertThat(open).hasValue(0));
    }

    @Test
    void every_flow_comes_to_an_end_and_nothing_is_left_however_the_server_treats_what_is_made_ahead()
            throws Exception {
        Random random = new Random(1);
        chaos = socket -> {
            switch (random.nextInt(4)) {
                case 0 -> TimeUnit.MILLISECONDS.sleep(random.nextInt(200));
                case 1 -> socket.setSoTimeout(1 + random.nextInt(20)); // and then it is closed
                case 2 -> socket.setSoLinger(true, 0);
                default -> {}
            }
        };
        List<Thread> crowd = new ArrayList<>();
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            crowd.add(new Thread(() -> {
                for (int n = 0; n < 40; n++) {
                    answered.addAndGet(flow() ? 1 : 0);
                }
            }));
        }
        crowd.forEach(Thread::start);
        while (answered.get() < 40) {
            assertThat(served.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
        client.close(); // as a reload does; those who still hold it get new connections
        for (Thread each : crowd) {
            each.join();
        }
        assertThat(answered).hasValueGreaterThan(80);
        await().untilAsserted(() -> assertThat(open).hasValue(0));
    }

    @Test
    void a_server_that_has_gone_leaves_no_connection_that_a_flow_could_be_given() throws Exception {
        for (int i = 0; i < 12; i++) {
            assertThat(flow()).isTrue();
        }
        chaos = SSLSocket::close;
        for (SSLSocket each : unused) {
            each.close();
        }
        await().untilAsserted(() -> assertThat(open).hasValue(0));
        for (int i = 0; i < 4; i++) {
            assertThat(flow()).isFalse();
        }
        chaos = socket -> {};
        assertThat(flow()).isTrue();
    }
}

package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@link RelayTest} shows of one flow, for many at once. */
@Timeout(60)
class PumpTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    /** More than there are pipes, so that some flows must do without. */
    private static final int FLOWS = 50;

    private static final int SIZE = 3_000_017;

    private final Queue<Channel> clients = new ConcurrentLinkedQueue<>();
    private final Queue<Future<Relay.Totals>> ends = new ConcurrentLinkedQueue<>();
    private EventLoopGroup loops;
    private ServerSocket origin;
    private Channel listener;

    @BeforeEach
    void open() throws Exception {
        assumeTrue(Sockets.EPOLL, "bytes are pumped on Linux only");
        loops = Sockets.loops(1);
        await().until(() -> loops.submit(PumpTest::pipes).get()); // they come with a library that is loaded meanwhile
        origin = new ServerSocket(0, FLOWS, HERE);
        listener = Sockets.server(loops, HERE, this::relay)
                .bind(new InetSocketAddress(HERE, 0))
                .sync()
                .channel();
    }

    private static boolean pipes() {
        Pipes.Pipe pipe = Pipes.take();
        if (pipe != null) {
            Pipes.give(pipe, true);
        }
        return pipe != null;
    }

    private void relay(Channel client) {
        Relay relay = Relay.hold(client);
        clients.add(client);
        AddressRace.connect(
                        List.of(HERE),
                        origin.getLocalPort(),
                        SocketOptions.DEFAULT,
                        Duration.ofSeconds(5),
                        client.eventLoop())
                .addListener((Future<Channel> upstream) -> ends.add(relay.join(upstream.getNow())));
    }

    @AfterEach
    void close() throws Exception {
        if (loops != null) {
            listener.close().sync();
            origin.close();
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(32 << 10);
        socket.connect(listener.localAddress());
        return socket;
    }

    @Test
    void a_flow_between_two_plain_sockets_is_pumped() throws Exception {
        try (Socket client = connect();
                Socket server = origin.accept()) {
            client.getOutputStream().write(1);
            assertThat(server.getInputStream().read()).isEqualTo(1);
            EpollStream stream = EpollStream.of(clients.element());
            assertThat(stream).isNotNull().matches(EpollStream::isPumped);
        }
    }

    @Test
    void flows_that_wait_for_their_readers_lose_nothing_and_hold_no_descriptor_for_long() throws Exception {
        byte[] sent = new byte[SIZE];
        new Random(5).nextBytes(sent);
        long before = descriptors();
        List<Socket> readers = new ArrayList<>();
        AtomicLong written = new AtomicLong();
        for (int i = 0; i < FLOWS; i++) {
            readers.add(connect());
            Socket server = origin.accept();
            Thread writer = new Thread(() -> {
                try (server) {
                    server.getOutputStream().write(sent);
                    written.incrementAndGet();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
        }
        for (Socket reader : readers) {
            assertThat(reader.getInputStream().readAllBytes()).isEqualTo(sent);
            reader.close();
        }
        await().until(() -> ends.size() == FLOWS && ends.stream().allMatch(Future::isDone));
        assertThat(ends.stream().map(end -> end.getNow().down()).distinct()).containsExactly((long) SIZE);
        assertThat(written).hasValue(FLOWS);
        await().until(() -> descriptors() < before + FLOWS); // but for the pipes that are kept
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}

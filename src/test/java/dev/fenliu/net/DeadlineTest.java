package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DeadlineTest {
    private final EventLoopGroup loops = Sockets.loops(1);
    private final EventLoop loop = loops.next();
    private final CompletableFuture<String> outcome = new CompletableFuture<>();

    @AfterEach
    void close() throws Exception {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).get();
    }

    @Test
    void what_does_not_come_is_late() throws Exception {
        long started = System.nanoTime();
        loop.execute(() -> Deadline.start(loop, Duration.ofMillis(200), () -> outcome.complete("late")));
        assertThat(outcome.get()).isEqualTo("late");
        assertThat(System.nanoTime() - started).isGreaterThan(200_000_000);
    }

    @Test
    void what_has_come_is_not() throws Exception {
        loop.submit(() -> Deadline.start(loop, Duration.ofMillis(100), () -> outcome.complete("late"))
                        .cancel())
                .get();
        loop.schedule(() -> outcome.complete("in time"), 300, TimeUnit.MILLISECONDS);
        assertThat(outcome.get()).isEqualTo("in time");
    }

    @Test
    void a_busy_loop_does_not_blame_the_peer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            loop.execute(() -> {
                Deadline deadline = Deadline.start(loop, Duration.ofMillis(200), () -> outcome.complete("late"));
                AddressRace.connect(
                                List.of(InetAddress.getLoopbackAddress()),
                                server.getLocalPort(),
                                SocketOptions.DEFAULT,
                                Duration.ofSeconds(5),
                                loop)
                        .addListener(connected -> {
                            deadline.cancel();
                            outcome.complete("connected");
                            ((Channel) connected.getNow()).close();
                        });
                loop.execute(() -> busy(Duration.ofMillis(400)));
            });
            assertThat(outcome.get()).isEqualTo("connected");
        }
    }

    private static void busy(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }
}

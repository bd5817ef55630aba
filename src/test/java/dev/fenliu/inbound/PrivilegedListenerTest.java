package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A protocol that wants more of its sockets than this process may have. */
@Timeout(20)
class PrivilegedListenerTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(1);

    /** Closes its clients; {@code privileged} or not. */
    private record Closing(boolean privileged) implements Acceptor {
        @Override
        public void accept(Channel client) {
            client.close();
        }

        @Override
        public void prepare(Channel socket) throws IOException {
            if (privileged) {
                throw new IOException("setsockopt() failed: Operation not permitted");
            }
        }
    }

    @AfterEach
    void stop() throws Exception {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    private Listener bind(int port, boolean privileged) throws Exception {
        ListenerSettings settings =
                new ListenerSettings("test", "test", new InetSocketAddress(HERE, port), Map.of(), false);
        return Listener.bind(settings, Access.LOOPBACK, new Closing(privileged), new ClientLimits(9, 9), loops)
                .get();
    }

    @Test
    void it_leaves_nothing_bound_and_says_why() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, HERE)) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> bind(port, true))
                .cause()
                .hasMessageContaining("not permitted to take over")
                .isInstanceOfSatisfying(
                        BindFailure.class,
                        failure -> assertThat(failure.reason()).isEqualTo(BindFailure.Reason.UNPRIVILEGED));
        new ServerSocket(port, 1, HERE).close();
    }

    @Test
    void it_does_not_replace_another() throws Exception {
        Listener listener = bind(0, false);
        ListenerSettings settings = listener.settings();
        assertThatThrownBy(() -> listener.replace(settings, Access.LOOPBACK, new Closing(true))
                        .get())
                .cause()
                .isInstanceOf(BindFailure.class);
        try (Socket client = new Socket(HERE, listener.address().getPort())) {
            assertThat(client.getInputStream().read()).isNegative();
        }
        listener.close().sync();
    }
}

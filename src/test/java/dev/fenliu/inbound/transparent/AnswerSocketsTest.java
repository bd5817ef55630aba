package dev.fenliu.inbound.transparent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** With addresses of this machine, for which no privilege is needed. */
@Timeout(20)
class AnswerSocketsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(1);
    private final EventLoop loop = loops.next();
    private final AnswerSockets answers =
            new AnswerSockets(loop, new RareLog(LoggerFactory.getLogger(AnswerSocketsTest.class)));
    private DatagramSocket client;

    @BeforeEach
    void open() throws Exception {
        assumeThat(Sockets.EPOLL).isTrue();
        client = new DatagramSocket(0, HERE);
        client.setSoTimeout(10_000);
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        loop.submit(answers::close).sync();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    private void expect(String from) throws Exception {
        Destination destination = Destination.parse(from);
        InetAddress address = Addresses.parse(destination.host().toString());
        loop.submit(() -> answers.expect(new InetSocketAddress(address, destination.port())))
                .sync();
    }

    private void send(String from, String text) throws Exception {
        loop.submit(() -> {
                    ByteBuf payload = Unpooled.copiedBuffer(text, US_ASCII);
                    answers.send((InetSocketAddress) client.getLocalSocketAddress(), Destination.parse(from), payload);
                    payload.release();
                })
                .sync();
    }

    private String receive() throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        client.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), US_ASCII) + " from "
                + Addresses.text(packet.getAddress()) + ":" + packet.getPort();
    }

    private static int freePort() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void answers_come_from_the_address_of_who_answers_and_in_order() throws Exception {
        String from = "127.0.0.9:" + freePort();
        expect(from);
        send(from, "one");
        send(from, "two");
        assertThat(receive()).isEqualTo("one from " + from);
        assertThat(receive()).isEqualTo("two from " + from);
        send(from, "");
        assertThat(receive()).isEqualTo(" from " + from);
        send(from, "three");
        assertThat(receive()).isEqualTo("three from " + from);
    }

    @Test
    void nobody_passes_for_a_private_address_that_the_client_has_not_spoken_to() throws Exception {
        send("127.0.0.9:" + freePort(), "forged");
        send("peer.test:53", "a name");
        client.setSoTimeout(200);
        assertThatThrownBy(this::receive).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void an_address_that_cannot_be_had_loses_its_answers_and_no_others() throws Exception {
        try (DatagramSocket taken = new DatagramSocket(0, Addresses.parse("127.0.0.9"))) {
            String from = "127.0.0.9:" + taken.getLocalPort();
            expect(from);
            send(from, "lost");
        }
        String other = "127.0.0.8:" + freePort();
        expect(other);
        send(other, "fine");
        assertThat(receive()).isEqualTo("fine from " + other);
    }

    @Test
    void beyond_the_bound_the_socket_unused_for_longest_gives_way() throws Exception {
        int port = freePort();
        String first = "127.0.1.1:" + port;
        expect(first);
        for (int i = 2; i <= AnswerSockets.MOST + 1; i++) {
            expect("127.0." + (1 + i / 250) + "." + (1 + i % 250) + ":" + port);
        }
        send(first, "gone");
        String last = "127.0." + (1 + (AnswerSockets.MOST + 1) / 250) + "." + (1 + (AnswerSockets.MOST + 1) % 250) + ":"
                + port;
        send(last, "there");
        assertThat(receive()).isEqualTo("there from " + last);
    }
}

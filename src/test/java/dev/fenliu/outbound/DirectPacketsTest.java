package dev.fenliu.outbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Promise;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DirectPacketsTest {
    private final EventLoopGroup loops = Sockets.loops(1);
    private final EventLoop loop = loops.next();
    private final Promise<List<InetAddress>> name = loop.newPromise();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private DatagramSocket origin;
    private Destination there;
    private PacketTunnel tunnel;

    private final PacketSink sink = new PacketSink() {
        @Override
        public void receive(Destination from, ByteBuf payload) {
            answers.add(from + " " + payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void closed(Failure why) {
            answers.add(why.text());
        }
    };

    @BeforeEach
    void open() throws Exception {
        InetAddress local = InetAddress.getLoopbackAddress();
        origin = new DatagramSocket(0, local);
        origin.setSoTimeout(10_000);
        there = new Destination(Host.of(local), origin.getLocalPort());
        tunnel = loop.submit(() ->
                        DirectPackets.open(Dial.own(there, loop), SocketOptions.DEFAULT, (host, on) -> name, sink))
                .get()
                .get();
    }

    @AfterEach
    void close() throws Exception {
        loop.submit(tunnel::close).get();
        origin.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).get();
    }

    private void send(Destination to, String... payloads) throws Exception {
        loop.submit(() -> {
                    for (String payload : payloads) {
                        tunnel.send(to, Unpooled.copiedBuffer(payload, US_ASCII));
                    }
                })
                .get();
    }

    private DatagramPacket received() throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        origin.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }

    @Test
    void datagrams_go_there_and_back() throws Exception {
        send(there, "question");
        DatagramPacket question = received();
        assertThat(text(question)).isEqualTo("question");
        origin.send(new DatagramPacket("answer".getBytes(US_ASCII), 6, question.getSocketAddress()));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(there + " answer");
    }

    @Test
    void a_datagram_without_payload_goes_there_and_back() throws Exception {
        assumeTrue(Sockets.EPOLL);
        send(there, "", "next");
        DatagramPacket empty = received();
        assertThat(empty.getLength()).isZero();
        assertThat(text(received())).isEqualTo("next");
        origin.send(new DatagramPacket(new byte[0], 0, empty.getSocketAddress()));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(there + " ");
    }

    @Test
    void datagrams_wait_for_the_address_of_a_name_in_buffers_of_their_own_size() throws Exception {
        Destination named = Destination.parse("origin.example:" + origin.getLocalPort());
        ByteBuf large = Unpooled.buffer(65_535).writeBytes("first".getBytes(US_ASCII));
        loop.submit(() -> tunnel.send(named, large)).get();
        assertThat(large.refCnt()).isZero();
        name.setSuccess(List.of(InetAddress.getLoopbackAddress()));
        assertThat(text(received())).isEqualTo("first");
        send(named, "second");
        assertThat(text(received())).isEqualTo("second");
    }

    @Test
    void only_a_few_datagrams_wait_for_a_name() throws Exception {
        Destination named = Destination.parse("origin.example:" + origin.getLocalPort());
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add("waiting " + i);
        }
        send(named, many.toArray(String[]::new));
        name.setSuccess(List.of(InetAddress.getLoopbackAddress()));
        for (int i = 0; i < 64; i++) {
            assertThat(text(received())).isEqualTo("waiting " + i);
        }
        send(named, "next");
        assertThat(text(received())).isEqualTo("next");
    }
}

package dev.fenliu.inbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ListenerTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final Duration LONG = Duration.ofMinutes(1);

    private final EventLoopGroup loops = Sockets.loops(2);
    private final List<Socket> sockets = new ArrayList<>();
    private ClientLimits limits = new ClientLimits(100, 100);
    private Listener listener;

    /** A protocol of one word, over TCP and, if wanted, UDP. */
    private record Word(String word, boolean udp) implements Acceptor {
        @Override
        public void accept(Channel client) {
            client.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    ctx.close(); // the client has ended its stream
                }
            });
            client.writeAndFlush(Unpooled.copiedBuffer(word, US_ASCII));
        }

        @Override
        public Optional<ChannelHandler> datagrams() {
            return udp ? Optional.of(new Answer(word)) : Optional.empty();
        }
    }

    private static final class Answer extends SimpleChannelInboundHandler<DatagramPacket> {
        private final String word;

        Answer(String word) {
            this.word = word;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            ctx.writeAndFlush(new DatagramPacket(Unpooled.copiedBuffer(word, US_ASCII), packet.sender()));
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        if (listener != null) {
            listener.close().sync();
        }
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    private static ListenerSettings at(int port) {
        return new ListenerSettings("test", "test", new InetSocketAddress(HERE, port), Map.of(), false);
    }

    private void bind(Acceptor acceptor, Duration handshake) throws Exception {
        listener = Listener.bind(at(0), acceptor, limits, handshake, loops).get();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(HERE, listener.address().getPort());
        sockets.add(socket);
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static String read(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), US_ASCII);
    }

    private String ask() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
            socket.setSoTimeout(10_000);
            socket.send(new java.net.DatagramPacket(
                    new byte[1], 1, HERE, listener.address().getPort()));
            java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), US_ASCII);
        }
    }

    @Test
    void clients_are_handed_to_the_protocol_and_counted() throws Exception {
        bind(new Word("hi", false), LONG);
        assertThat(listener.address().getPort()).isPositive();
        Socket one = connect();
        Socket two = connect();
        assertThat(read(one, 2)).isEqualTo("hi");
        assertThat(read(two, 2)).isEqualTo("hi");
        assertThat(listener.clients()).isEqualTo(2);
        assertThat(limits.clients()).isEqualTo(2);
        one.close();
        two.close();
        await().until(() -> listener.clients() == 0 && limits.clients() == 0);
    }

    /** The same on an address that stands for many. */
    private void bind(String everywhere) throws Exception {
        InetSocketAddress all = new InetSocketAddress(Addresses.parse(everywhere), 0);
        ListenerSettings settings = new ListenerSettings("test", "test", all, Map.of(), true);
        listener = Listener.bind(settings, new Word("hi", true), limits, LONG, loops)
                .get();
    }

    @Test
    void all_IPv4_addresses_are_no_IPv6_ones() throws Exception {
        bind("0.0.0.0");
        assertThat(listener.address().getAddress()).isEqualTo(Addresses.parse("0.0.0.0"));
        assertThat(read(connect(), 2)).isEqualTo("hi");
        assertThat(ask()).isEqualTo("hi");
        int port = listener.address().getPort();
        assertThatThrownBy(() -> new Socket(Addresses.parse("::1"), port).close())
                .isInstanceOf(IOException.class);
        InetSocketAddress six = new InetSocketAddress(Addresses.parse("::1"), port);
        assumeThat(NetworkInterface.getByInetAddress(six.getAddress())).isNotNull();
        new DatagramSocket(six).close(); // free
    }

    @Test
    void all_addresses_are_those_of_both_families() throws Exception {
        assumeThat(NetworkInterface.getByInetAddress(Addresses.parse("::1"))).isNotNull();
        bind("::");
        assertThat(read(connect(), 2)).isEqualTo("hi");
        assertThat(ask()).isEqualTo("hi");
        try (Socket six = new Socket(Addresses.parse("::1"), listener.address().getPort())) {
            assertThat(read(six, 2)).isEqualTo("hi");
        }
    }

    @Test
    void a_client_too_many_is_closed_at_once_and_a_later_one_is_served() throws Exception {
        limits = new ClientLimits(2, 100);
        bind(new Word("hi", false), LONG);
        Socket one = connect();
        assertThat(read(one, 2)).isEqualTo("hi");
        assertThat(read(connect(), 2)).isEqualTo("hi");
        assertThat(read(connect(), 2)).isEmpty();
        one.close();
        await().until(() -> limits.clients() == 1);
        assertThat(read(connect(), 2)).isEqualTo("hi");
    }

    private boolean serves(String source) {
        ClientChannel client = new ClientChannel(new InetSocketAddress(Addresses.parse(source), 50000));
        listener.accept(client);
        boolean served = client.received().equals(Bytes.hex("hi".getBytes(US_ASCII)));
        assertThat(client.isOpen()).isEqualTo(served);
        client.finishAndReleaseAll();
        return served;
    }

    @Test
    void a_source_that_may_not_come_is_closed_at_once_and_takes_no_place() throws Exception {
        bind(new Word("hi", false), LONG);
        assertThat(serves("127.0.0.1")).isTrue();
        assertThat(serves("192.168.1.2")).isFalse();
        listener.replace(at(0), Access.LAN, new Word("hi", false)).get();
        assertThat(serves("192.168.1.2")).isTrue();
        assertThat(serves("203.0.113.7")).isFalse();
        assertThat(serves("2001:db8::1")).isFalse();
        listener.replace(at(0), Access.ALL, new Word("hi", false)).get();
        assertThat(serves("203.0.113.7")).isTrue();
        assertThat(limits.clients()).isZero();
        assertThat(listener.clients()).isZero();
    }

    @Test
    void datagrams_from_where_no_client_may_come_are_dropped() throws Exception {
        bind(new Word("hi", true), LONG);
        EmbeddedChannel socket = new EmbeddedChannel(listener.new SourceFilter());
        for (String source : List.of("127.0.0.1", "192.168.1.2", "203.0.113.7")) {
            socket.writeInbound(new DatagramPacket(
                    Unpooled.copiedBuffer("x", US_ASCII),
                    new InetSocketAddress(HERE, 1),
                    new InetSocketAddress(Addresses.parse(source), 50000)));
        }
        DatagramPacket passed = socket.readInbound();
        assertThat(passed.sender().getAddress()).isEqualTo(HERE);
        assertThat(socket.inboundMessages()).isEmpty();
        passed.release();
    }

    @Test
    void a_client_that_does_not_finish_its_handshake_is_closed() throws Exception {
        bind(client -> {}, Duration.ofMillis(100));
        assertThat(connect().getInputStream().read()).isEqualTo(-1);
        await().until(() -> listener.clients() == 0);
    }

    @Test
    void a_client_that_keeps_sending_is_closed_all_the_same() throws Exception {
        bind(client -> {}, Duration.ofMillis(300));
        Socket socket = connect();
        assertThatThrownBy(() -> {
                    while (true) {
                        socket.getOutputStream().write(5);
                        TimeUnit.MILLISECONDS.sleep(20);
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void a_client_whose_handshake_is_over_may_stay() throws Exception {
        bind(HandshakeDeadline::over, Duration.ofMillis(50));
        Socket socket = connect();
        socket.setSoTimeout(300);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void another_protocol_serves_new_clients_while_old_ones_stay() throws Exception {
        bind(new Word("old", false), LONG);
        Socket old = connect();
        assertThat(read(old, 3)).isEqualTo("old");
        InetSocketAddress address = listener.address();

        ListenerSettings settings = RecordedFlows.settings("other", "anna", "secret");
        listener.replace(settings, Access.LOOPBACK, new Word("new", false)).get();

        assertThat(read(connect(), 3)).isEqualTo("new");
        assertThat(listener.settings()).isEqualTo(settings);
        assertThat(listener.address()).isEqualTo(address);
        assertThat(listener.clients()).isEqualTo(2);
        old.setSoTimeout(100);
        assertThatThrownBy(() -> old.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void no_client_is_lost_while_the_protocol_is_replaced_again_and_again() throws Exception {
        bind(new Word("aa", false), LONG);
        for (int i = 0; i < 200; i++) {
            Socket client = new Socket(HERE, listener.address().getPort());
            listener.replace(at(0), Access.LOOPBACK, new Word(i % 2 == 0 ? "bb" : "aa", false));
            assertThat(read(client, 2)).isIn("aa", "bb");
            client.close();
        }
    }

    @Test
    void datagrams_come_in_on_the_same_port_as_long_as_the_protocol_wants_them() throws Exception {
        bind(new Word("one", true), LONG);
        assertThat(ask()).isEqualTo("one");
        listener.replace(at(0), Access.LOOPBACK, new Word("two", true)).get();
        assertThat(ask()).isEqualTo("two");
        listener.replace(at(0), Access.LOOPBACK, new Word("none", false)).get();
        new DatagramSocket(listener.address().getPort(), HERE).close(); // it is free
        listener.replace(at(0), Access.LOOPBACK, new Word("three", true)).get();
        assertThat(ask()).isEqualTo("three");
    }

    @Test
    void a_protocol_whose_datagrams_find_the_port_taken_does_not_replace_the_old_one() throws Exception {
        bind(new Word("old", false), LONG);
        try (DatagramSocket other = new DatagramSocket(listener.address().getPort(), HERE)) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(() -> listener.replace(at(0), Access.LOOPBACK, new Word("new", true))
                            .get())
                    .cause()
                    .isInstanceOfSatisfying(BindFailure.class, failure -> {
                        assertThat(failure.transport()).isEqualTo(Transport.UDP);
                        assertThat(failure.reason()).isEqualTo(BindFailure.Reason.TAKEN);
                    });
            assertThat(read(connect(), 3)).isEqualTo("old");
        }
    }

    @Test
    void a_closed_listener_frees_its_port_and_leaves_its_clients_alone() throws Exception {
        bind(new Word("hi", true), LONG);
        Socket client = connect();
        assertThat(read(client, 2)).isEqualTo("hi");
        int port = listener.address().getPort();
        listener.close().get();
        listener.close().get();
        try (ServerSocket tcp = new ServerSocket(port, 1, HERE);
                DatagramSocket udp = new DatagramSocket(port, HERE)) {
            assertThat(tcp.isBound() && udp.isBound()).isTrue();
        }
        client.setSoTimeout(100);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(listener.clients()).isEqualTo(1);
    }

    @Test
    void a_port_in_use_is_reported_as_such() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, HERE)) {
            assertThatThrownBy(() -> Listener.bind(
                                    at(other.getLocalPort()), Access.LOOPBACK, new Word("", false), limits, loops)
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessage("cannot listen on 127.0.0.1:" + other.getLocalPort()
                            + " (tcp): another program uses this port")
                    .isInstanceOfSatisfying(BindFailure.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(BindFailure.Reason.TAKEN);
                        assertThat(failure.address().getPort()).isEqualTo(other.getLocalPort());
                        assertThat(failure.getCause()).isInstanceOf(IOException.class);
                    });
        }
    }

    /** A port whose other half nobody has. */
    private static DatagramSocket datagramsAlone() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, HERE);
        try (ServerSocket free = new ServerSocket(socket.getLocalPort(), 1, HERE)) {
            assertThat(free.isBound()).isTrue();
            return socket;
        } catch (BindException e) {
            socket.close();
            return datagramsAlone();
        }
    }

    @Test
    void a_port_in_use_by_datagrams_leaves_nothing_bound() throws Exception {
        try (DatagramSocket other = datagramsAlone()) {
            int port = other.getLocalPort();
            assertThatThrownBy(() -> Listener.bind(at(port), Access.LOOPBACK, new Word("", true), limits, loops)
                            .get())
                    .cause()
                    .isInstanceOf(BindFailure.class)
                    .hasMessageContaining("(udp)");
            new ServerSocket(port, 1, HERE).close();
        }
    }

    @Test
    void an_address_of_another_machine_is_reported_as_such() throws Exception {
        InetSocketAddress foreign =
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 0);
        ListenerSettings settings = new ListenerSettings("test", "test", foreign, Map.of(), true);
        assertThatThrownBy(() -> Listener.bind(settings, Access.LAN, new Word("", false), limits, loops)
                        .get())
                .cause()
                .isInstanceOfSatisfying(
                        BindFailure.class,
                        failure -> assertThat(failure.reason()).isEqualTo(BindFailure.Reason.NO_SUCH_ADDRESS));
    }
}

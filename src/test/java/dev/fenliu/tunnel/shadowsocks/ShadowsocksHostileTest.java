package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.hostile.Caller;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.HostileScene;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.tunnel.DirectDialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile clients of the server end, in the tables {@code resources/hostile/shadowsocks*.txt}, with every method. */
@Timeout(180)
class ShadowsocksHostileTest {
    private static final String PASSWORD = "a password of the test";
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final List<String> GOLDEN = List.of(
            "[01 01020304 0007 'hello']",
            "[03 06 'a.test' 0007] ['hello']",
            "[04 20010db8 00*11 01 0007] ['hel'] ['lo']");

    private static final Map<Method, Integer> PORTS = new EnumMap<>(Method.class);
    private static HostileScene scene;

    @BeforeAll
    static void open() throws Exception {
        scene = HostileScene.remote(new DirectDialer());
        for (Method method : Vectors.METHODS) {
            ShadowsocksListenerOptions options = new ShadowsocksListenerOptions(method, new Secret(PASSWORD), false);
            PORTS.put(
                    method,
                    scene.listen(context -> new ShadowsocksAcceptor(options, context, Clocks.system()), Map.of()));
            assertServes(method); // loads what is loaded once
            byte[] large = Recipe.datagram(method, PASSWORD, "[01 01020304 0007 ff*60000]"); // slow until compiled
            new SaltedPackets(Recipe.key(method, PASSWORD), new SaltFilter())
                    .open(Unpooled.wrappedBuffer(large), ByteBufAllocator.DEFAULT)
                    .payload()
                    .release();
        }
        scene.watch();
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
    }

    static Stream<Arguments> streams() {
        return cases("shadowsocks.txt");
    }

    static Stream<Arguments> datagrams() {
        return cases("shadowsocks-datagrams.txt");
    }

    private static Stream<Arguments> cases(String table) {
        List<Table.Case> all = Table.read(table);
        return Stream.of(Vectors.METHODS).flatMap(method -> all.stream().map(one -> Arguments.of(method, one)));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_stream_gets_what_its_bytes_deserve(Method method, Table.Case one) throws Exception {
        byte[] sent = Recipe.stream(method, PASSWORD, one.sent());
        String[] expected = one.expected().split(" ", 2);
        byte[] payload = Bytes.of(expected.length > 1 ? expected[1] : "");
        try (Caller caller = Caller.to(PORTS.get(method))) {
            caller.send(sent);
            switch (expected[0]) {
                case "echo" -> {
                    caller.end();
                    assertThat(opened(method, caller.all())).isEqualTo(payload);
                }
                case "silence" -> {
                    assertServes(method); // after which these bytes have been looked at too
                    assertThat(caller.isLeftInSilence()).isTrue();
                    caller.end();
                    assertThat(caller.all()).isEmpty();
                }
                case "closed" -> assertThat(caller.all()).isEmpty();
                case "broken" ->
                    assertThat(Bytes.hex(opened(method, caller.all()))).isIn("", Bytes.hex(payload));
                default -> throw new AssertionError(one.expected());
            }
        }
    }

    private static void assertServes(Method method) throws Exception {
        byte[] good = Recipe.stream(method, PASSWORD, GOLDEN.get(0));
        assertThat(opened(method, Caller.exchange(PORTS.get(method), good, true)))
                .asString()
                .isEqualTo("hello");
    }

    /** What an answer holds, as far as it came. */
    private static byte[] opened(Method method, byte[] answer) throws Failure {
        StreamOpener opener = new StreamOpener(new PlainGreeting(Recipe.key(method, PASSWORD), new SaltFilter()));
        ByteBuf out = Unpooled.buffer(opener.openedBytes(answer.length));
        opener.open(Unpooled.wrappedBuffer(answer), out);
        return Arrays.copyOf(out.array(), out.readableBytes());
    }

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void every_beginning_of_a_stream_ends_with_the_client(Method method) throws Exception {
        for (String golden : GOLDEN) {
            int length = Recipe.stream(method, PASSWORD, golden).length;
            for (int cut = 1; cut <= length; cut++) {
                byte[] sent = Recipe.stream(method, PASSWORD, golden + " cut:" + cut);
                byte[] answer = Caller.exchange(PORTS.get(method), sent, true);
                assertThat(new String(opened(method, answer), UTF_8)).isIn("", "hel", "hello");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void every_changed_byte_is_noticed(Method method) throws Exception {
        int flows = scene.flows();
        int length = Recipe.stream(method, PASSWORD, GOLDEN.get(0)).length;
        for (int at = 0; at < length; at++) {
            for (byte[] sent : Mutations.flips(Recipe.stream(method, PASSWORD, GOLDEN.get(0)), at)) {
                assertThat(Caller.exchange(PORTS.get(method), sent, true)).isEmpty();
            }
        }
        assertThat(scene.flows()).isEqualTo(flows);
        for (byte[] sent : Mutations.flips(Recipe.stream(method, PASSWORD, GOLDEN.get(1)))) {
            opened(method, Caller.exchange(PORTS.get(method), sent, true));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_stream_that_was_there_before_is_met_with_silence(Method method) throws Exception {
        List<Caller> callers = new ArrayList<>();
        for (String golden : GOLDEN) {
            byte[] sent = Recipe.stream(method, PASSWORD, golden);
            assertThat(opened(method, Caller.exchange(PORTS.get(method), sent, true)))
                    .asString()
                    .isEqualTo("hello");
            Caller again = Caller.to(PORTS.get(method));
            callers.add(again);
            again.send(sent);
        }
        assertServes(method);
        for (Caller again : callers) {
            assertThat(again.isLeftInSilence()).isTrue();
            again.end();
            assertThat(again.all()).isEmpty();
            again.close();
        }
    }

    // datagrams

    private static void send(DatagramSocket from, Method method, byte[] bytes) throws IOException {
        from.send(new DatagramPacket(bytes, bytes.length, HERE, PORTS.get(method)));
    }

    /** The next datagram that comes back, opened: address and payload in hex. */
    private static String receive(DatagramSocket socket, Method method) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        PacketCodec codec = new SaltedPackets(Recipe.key(method, PASSWORD), new SaltFilter());
        PacketCodec.Datagram datagram =
                codec.open(Unpooled.wrappedBuffer(packet.getData(), 0, packet.getLength()), ByteBufAllocator.DEFAULT);
        ByteBuf out = Unpooled.buffer();
        SocksAddress.write(datagram.far(), out);
        return Bytes.hex(out) + Bytes.hex(datagram.payload());
    }

    private static DatagramSocket socket() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, HERE);
        socket.setSoTimeout(2000);
        return socket;
    }

    /** A datagram in order, sent after all others, comes back: and nothing of theirs did before. */
    private static void assertGoesOn(DatagramSocket socket, Method method, String mark) throws Exception {
        String plain = "01 01020304 0007 '" + mark + "'";
        send(socket, method, Recipe.datagram(method, PASSWORD, "[" + plain + "]"));
        assertThat(receive(socket, method)).isEqualTo(Bytes.hex(Bytes.of(plain)));
    }

    @ParameterizedTest
    @MethodSource("datagrams")
    void a_datagram_comes_back_or_is_lost(Method method, Table.Case one) throws Exception {
        try (DatagramSocket socket = socket()) {
            assertGoesOn(socket, method, "first");
            send(socket, method, Recipe.datagram(method, PASSWORD, one.sent()));
            if (one.expected().equals("back")) {
                String plain = one.text().substring(1, one.text().length() - 1).replace("A.TEST", "a.test");
                assertThat(receive(socket, method)).isEqualTo(Bytes.hex(Bytes.of(plain)));
            }
            assertGoesOn(socket, method, "last");
        }
    }

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void every_cut_and_changed_datagram_is_lost(Method method) throws Exception {
        byte[] good = Recipe.datagram(method, PASSWORD, "[03 06 'a.test' 0007 'hello']");
        List<byte[]> all = new ArrayList<>(Mutations.truncations(good));
        all.addAll(Mutations.flips(good));
        try (DatagramSocket socket = socket()) {
            for (byte[] bad : all) {
                send(socket, method, bad);
                assertGoesOn(socket, method, "mark");
            }
        }
    }

    @Test
    void a_datagram_that_was_there_before_is_lost() throws Exception {
        for (Method method : Vectors.METHODS) {
            try (DatagramSocket socket = socket()) {
                byte[] good = Recipe.datagram(method, PASSWORD, "[01 01020304 0007 'hello']");
                send(socket, method, good);
                assertThat(receive(socket, method)).endsWith(Bytes.hex(Bytes.of("'hello'")));
                send(socket, method, good);
                assertGoesOn(socket, method, "mark");
            }
        }
    }
}

package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both ends of ours against what client and server of sing-box 1.14.0-alpha.2 said to each other, as {@code
 * sing-box.properties} has it; keys and clocks are those of then.
 */
class RecordedTest {
    private static final Properties ALL = new Properties();

    static {
        try (InputStream in = RecordedTest.class.getResourceAsStream("sing-box.properties")) {
            ALL.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A recorded case; one with users is that of anna. */
    private record Case(Method method, boolean users) {
        private String text(String what) {
            return ALL.getProperty(method + (users ? ".users." : ".") + what);
        }

        byte[] bytes(String what) {
            return HexFormat.of().parseHex(text(what));
        }

        Clocks clocks() {
            return new Wall(Long.parseLong(text("date"))).clocks;
        }

        ClientKeys client() {
            return ClientKeys.of(method, new Secret(users ? text("server") + ":" + text("user") : text("server")));
        }

        ServerKeys server() {
            Map<String, Secret> all = Map.of("anna", new Secret(text("user")), "ben", new Secret(text("other")));
            return new ServerKeys(method, new Secret(text("server")), users ? all : Map.of());
        }

        String user() {
            return users ? "anna" : "nobody";
        }
    }

    static Stream<Case> cases() {
        return Stream.of(Method.BLAKE3_AES_128_GCM, Method.BLAKE3_AES_256_GCM)
                .flatMap(method -> Stream.of(new Case(method, false), new Case(method, true)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void its_client_is_understood_however_its_stream_is_cut(Case recorded) throws Exception {
        byte[] request = recorded.bytes("request");
        ByteBuf expected = Unpooled.buffer();
        SocksAddress.write(Destination.parse("origin.example:" + recorded.text("port")), expected);
        expected.writeBytes("hellomore".getBytes(US_ASCII));
        for (int cut = 0; cut <= request.length; cut++) {
            ServerGreeting greeting = server(recorded);
            assertThat(opened(greeting, request, cut)).isEqualTo(expected);
            assertThat(greeting.user().orElse("nobody")).isEqualTo(recorded.user());
        }
        assertThat(openedByteByByte(server(recorded), request)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void its_server_is_understood_however_its_stream_is_cut(Case recorded) throws Exception {
        byte[] answer = recorded.bytes("answer");
        ByteBuf expected = Unpooled.copiedBuffer("answer to hellothen more", US_ASCII);
        for (int cut = 0; cut <= answer.length; cut++) {
            assertThat(opened(client(recorded), answer, cut)).isEqualTo(expected);
        }
        assertThat(openedByteByByte(client(recorded), answer)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void datagrams_of_its_client_are_understood(Case recorded) throws Exception {
        ServerSessions sessions = new ServerSessions(recorded.server(), recorded.clocks(), 0);
        InetSocketAddress source = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        for (int i = 0; i < 2; i++) {
            PacketClient.Opener.Received received = sessions.open(
                    source, Unpooled.wrappedBuffer(recorded.bytes("datagram." + i)), ByteBufAllocator.DEFAULT);
            assertThat(received.client().user().orElse("nobody")).isEqualTo(recorded.user());
            assertThat(text(received.datagram()))
                    .isEqualTo("127.0.0.1:" + recorded.text("datagram-port") + " "
                            + List.of("one", "two").get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void datagrams_of_its_server_are_understood(Case recorded) throws Exception {
        byte[] request = recorded.bytes("datagram.0");
        BlockCipher.decrypting(recorded.server().server().block()).apply(request, 0);
        long session = ByteBuffer.wrap(request).getLong();
        ClientSession client = new ClientSession(recorded.client(), recorded.clocks(), session);
        for (int i = 0; i < 2; i++) {
            ByteBuf answer = Unpooled.wrappedBuffer(recorded.bytes("datagram-answer." + i));
            assertThat(text(client.open(answer, ByteBufAllocator.DEFAULT)))
                    .isEqualTo("127.0.0.1:" + recorded.text("datagram-port") + " echo of "
                            + List.of("one", "two").get(i));
        }
    }

    private static ServerGreeting server(Case recorded) {
        Clocks clocks = recorded.clocks();
        return new ServerGreeting(recorded.server(), clocks, new ReplayWindow(clocks));
    }

    private static ClientGreeting client(Case recorded) {
        byte[] salt = Arrays.copyOf(recorded.bytes("request"), recorded.method.keyBytes());
        Clocks clocks = recorded.clocks();
        return new ClientGreeting(recorded.client(), clocks, new ReplayWindow(clocks), salt);
    }

    private static ByteBuf opened(Greeting greeting, byte[] sealed, int cut) throws Exception {
        StreamOpener opener = new StreamOpener(greeting);
        ByteBuf out = Unpooled.buffer();
        opener.open(Unpooled.wrappedBuffer(sealed, 0, cut), out);
        opener.open(Unpooled.wrappedBuffer(sealed, cut, sealed.length - cut), out);
        assertThat(opener.atBoundary()).isTrue();
        return out;
    }

    private static ByteBuf openedByteByByte(Greeting greeting, byte[] sealed) throws Exception {
        StreamOpener opener = new StreamOpener(greeting);
        ByteBuf out = Unpooled.buffer();
        for (byte one : sealed) {
            opener.open(Unpooled.wrappedBuffer(new byte[] {one}), out);
        }
        return out;
    }

    private static String text(PacketCodec.Datagram datagram) {
        String text = datagram.far() + " " + datagram.payload().toString(US_ASCII);
        datagram.payload().release();
        return text;
    }
}

package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.tunnel.trojan.TrojanRequest.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrojanRequestTest {
    private static final String KEY = "95c7fbca92ac5083afda62a564a3d014fc3b72c9140e3cb99ea6bf12";

    @Test
    void the_key_is_the_sha_224_of_the_password_in_hexadecimal() {
        // FIPS 180-4: the digest of "abc"
        assertThat(new String(TrojanKey.of(new Secret("abc")), US_ASCII))
                .isEqualTo("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
        assertThat(new String(TrojanKey.of(new Secret("wrong")), US_ASCII))
                .hasSize(56)
                .isNotEqualTo(KEY);
        assertThat(TrojanKey.of(new Secret("p\u00e4ss"))).hasSize(56);
    }

    @Test
    void a_request_is_written_as_the_protocol_says() {
        ByteBuf out = Unpooled.buffer();
        TrojanRequest.encode(KEY.getBytes(US_ASCII), Command.CONNECT, Destination.parse("example.com:443"), out);
        assertThat(out.toString(ISO_8859_1)).isEqualTo(KEY + "\r\n\1\3\13example.com\1\u00bb\r\n");
        out.clear();
        TrojanRequest.encode(KEY.getBytes(US_ASCII), Command.DATAGRAMS, Destination.parse("192.0.2.1:53"), out);
        assertThat(out.toString(ISO_8859_1)).isEqualTo(KEY + "\r\n\3\1\u00c0\0\2\1\0\65\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com:443", "192.0.2.1:1", "[2001:db8::1]:65535", "a.b_c-d.test:80"})
    void what_is_written_is_read_at_every_split(String text) {
        Destination destination = Destination.parse(text);
        for (Command command : Command.values()) {
            ByteBuf whole = Unpooled.buffer();
            TrojanRequest.encode(KEY.getBytes(US_ASCII), command, destination, whole);
            assertThat(whole.readableBytes()).isLessThanOrEqualTo(TrojanRequest.MAX_BYTES);
            for (int split = 0; split < whole.readableBytes(); split++) {
                ByteBuf part = whole.slice(0, split);
                assertThat(TrojanRequest.decode(part)).as("%d bytes", split).isNull();
                assertThat(part.readerIndex()).isZero();
                assertThat(TrojanRequest.key(part) != null).isEqualTo(split >= 58);
            }
            whole.writeBytes("payload".getBytes(US_ASCII));
            assertThat(TrojanRequest.key(whole)).asString(US_ASCII).isEqualTo(KEY);
            assertThat(TrojanRequest.decode(whole)).isEqualTo(new TrojanRequest(command, destination));
            assertThat(whole.toString(US_ASCII)).isEqualTo("payload");
        }
    }

    @Test
    void the_longest_request_fits() {
        ByteBuf in = bytes(KEY + "\r\n\3\3\377" + "a".repeat(255) + "\0\0\r\n");
        assertThat(in.readableBytes()).isEqualTo(TrojanRequest.MAX_BYTES);
        assertThat(TrojanRequest.decode(in)).isEqualTo(new TrojanRequest(Command.DATAGRAMS, null));
        assertThat(in.isReadable()).isFalse();
    }

    @Test
    void names_are_normalised() {
        ByteBuf in = bytes(KEY + "\r\n\1\3\14Example.COM.\1\u00bb\r\n");
        assertThat(TrojanRequest.decode(in).destination()).isEqualTo(Destination.parse("example.com:443"));
        in = bytes(KEY + "\r\n\1\3\t192.0.2.1\1\u00bb\r\n");
        assertThat(TrojanRequest.decode(in).destination()).isEqualTo(Destination.parse("192.0.2.1:443"));
        in = bytes(KEY + "\r\n\1\4" + "\0".repeat(10) + "\377\377\300\0\2\1\1\u00bb\r\n");
        assertThat(TrojanRequest.decode(in).destination()).isEqualTo(Destination.parse("192.0.2.1:443"));
    }

    @Test
    void a_request_for_datagrams_need_not_say_where_to() {
        assertThat(TrojanRequest.decode(bytes(KEY + "\r\n\3\1\0\0\0\0\0\0\r\n")))
                .isEqualTo(new TrojanRequest(Command.DATAGRAMS, null));
        assertThat(TrojanRequest.decode(bytes(KEY + "\r\n\3\3\0\0\0\r\n")))
                .isEqualTo(new TrojanRequest(Command.DATAGRAMS, null));
    }

    static Stream<String> malformed() {
        List<String> cases = new ArrayList<>(List.of(
                "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\26\3\1\2\0\1\0\1\374\3\3",
                "\5\1\0",
                "\0",
                "\r\n",
                "g",
                KEY.toUpperCase(java.util.Locale.ROOT) + "\r\n",
                KEY + "\n",
                KEY + "\r\r",
                KEY + "0",
                KEY + KEY,
                KEY.substring(1) + "\r\n",
                KEY.substring(0, 55) + " \r\n"));
        for (int i = 0; i < 56; i++) {
            cases.add(KEY.substring(0, i) + "/:@G`gz\377\0".charAt(i % 9));
        }
        for (int command : List.of(0, 2, 4, 5, 0x7f, 0x83, 0xff)) {
            cases.add(KEY + "\r\n" + (char) command);
        }
        for (int type : List.of(0, 2, 5, 6, 0x7f, 0x81, 0xff)) {
            cases.add(KEY + "\r\n\1" + (char) type);
        }
        cases.addAll(List.of(
                KEY + "\r\n\1\1\300\0\2\1\0\65\n", // half a CRLF
                KEY + "\r\n\1\1\300\0\2\1\0\65\r\r",
                KEY + "\r\n\1\1\300\0\2\1\0\65xx",
                KEY + "\r\n\1\1\300\0\2\1\0\0\r\n", // port 0
                KEY + "\r\n\1\3\0\0\65\r\n", // empty name
                KEY + "\r\n\1\3\1.\0\65\r\n",
                KEY + "\r\n\1\3\3a b\0\65\r\n",
                KEY + "\r\n\1\3\3a\0b\0\65\r\n",
                KEY + "\r\n\1\3\3a/b\0\65\r\n",
                KEY + "\r\n\1\3\3a:b\0\65\r\n",
                KEY + "\r\n\1\3\3a\r\n\0\65\r\n",
                KEY + "\r\n\1\3\2\377\376\0\65\r\n", // no UTF-8
                KEY + "\r\n\1\3\377" + "a".repeat(255) + "\0\65\r\n"));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource
    void malformed(String text) {
        ByteBuf in = bytes(text);
        assertThatThrownBy(() -> TrojanRequest.decode(in)).isInstanceOf(GarbageException.class);
        assertThat(in.readerIndex()).isZero();
        // Nothing that comes later makes it a request, and nothing but GarbageException is thrown on the way.
        boolean refused = false;
        for (int length = 0; length <= in.readableBytes() && !refused; length++) {
            try {
                assertThat(TrojanRequest.decode(in.slice(0, length))).isNull();
            } catch (GarbageException e) {
                refused = true;
            }
        }
        assertThat(refused).isTrue();
    }

    @Test
    void random_bytes_are_refused_or_incomplete() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            ByteBuf in = Unpooled.wrappedBuffer(bytes(KEY + "\r\n"), Unpooled.wrappedBuffer(noise));
            try {
                TrojanRequest.decode(in);
            } catch (GarbageException e) {
                assertThat(e.getStackTrace()).isEmpty();
            }
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }
}

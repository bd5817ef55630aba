package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over a connection, on the bytes of the protocol's specification. */
class MessagesTest {
    private static final Destination GOOGLE = Destination.parse("google.com:443");

    @Test
    void a_request_is_its_type_an_address_and_padding() {
        ByteBuf out = Unpooled.buffer();
        TcpRequest.encode(GOOGLE, out);
        assertThat(ByteBufUtil.hexDump(out)).startsWith("44010e676f6f676c652e636f6d3a343433");
        assertThat(out.readableBytes()).isBetween(17 + 2 + 64, 17 + 2 + 511);
        assertThat(TcpRequest.decode(out)).isEqualTo(new TcpRequest(GOOGLE));
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void a_request_in_pieces_is_read_when_it_is_whole_and_what_follows_is_left() {
        ByteBuf whole = bytes("44010e676f6f676c652e636f6d3a343433" + "03616263");
        pieces(whole, TcpRequest::decode, new TcpRequest(GOOGLE));
        ByteBuf more = bytes("44010b686f6c792e63633a343433" + "00" + "cafe");
        assertThat(TcpRequest.decode(more)).isEqualTo(new TcpRequest(Destination.parse("holy.cc:443")));
        assertThat(ByteBufUtil.hexDump(more)).isEqualTo("cafe");
    }

    @Test
    void a_response_in_pieces_is_read_when_it_is_whole() {
        pieces(bytes("000b68656c6c6f20776f726c6400"), TcpResponse::decode, new TcpResponse(true, "hello world"));
        pieces(bytes("010673746f702121057878787878"), TcpResponse::decode, new TcpResponse(false, "stop!!"));
        ByteBuf out = Unpooled.buffer();
        new TcpResponse(false, "no route to host").encode(out);
        assertThat(TcpResponse.decode(out)).isEqualTo(new TcpResponse(false, "no route to host"));
        assertThat(out.isReadable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01", // an HTTP/3 HEADERS frame
                "4402",
                "440100", // no address
                "44014801", // one of 2049 bytes
                "440180010000",
                "4401c000000000000000",
                "440101615001" // padding of 4097 bytes
            })
    void whatever_cannot_become_a_request_is_garbage_at_once(String hex) {
        assertThatThrownBy(() -> TcpRequest.decode(bytes(hex))).isInstanceOf(GarbageException.class);
    }

    @Test
    void whatever_cannot_become_a_response_is_garbage_at_once() {
        for (String hex : List.of("004801", "00005001", "01ffffffffffffffff")) {
            assertThatThrownBy(() -> TcpResponse.decode(bytes(hex))).isInstanceOf(GarbageException.class);
        }
    }

    @Test
    void an_address_that_cannot_be_reached_is_read_all_the_same() {
        for (String address : List.of("nowhere", "a.test:0", "a b:1", ":1", "\u00ff\u0000:1")) {
            byte[] text = address.getBytes(StandardCharsets.ISO_8859_1);
            ByteBuf request = bytes("4401");
            request.writeByte(text.length).writeBytes(text).writeByte(0);
            assertThat(TcpRequest.decode(request)).isEqualTo(new TcpRequest(null));
        }
    }

    @Test
    void a_datagram_has_a_session_and_an_address() {
        String hex = "00000001" + "0001" + "00" + "01" + "0e6578616d706c652e636f6d3a3830"
                + ByteBufUtil.hexDump("GET /nothing".getBytes(StandardCharsets.US_ASCII));
        UdpMessage message = decoded(bytes(hex));
        assertThat(message.session()).isEqualTo(1);
        assertThat(message.packet()).isEqualTo(1);
        assertThat(message.peer()).isEqualTo(Destination.parse("example.com:80"));
        assertThat(message.payload().toString(StandardCharsets.US_ASCII)).isEqualTo("GET /nothing");
    }

    @Test
    void what_is_no_datagram_is_none() {
        for (String hex : List.of(
                "",
                "00000000",
                "000000000000000000000000" + "00",
                "66ccffff1122334455",
                "66ccffff1122334490aabbccddeeff",
                "00000001" + "0001" + "02" + "02" + "03613a3178", // the third of two
                "00000001" + "0001" + "00" + "01" + "c0ffffffffffffff")) {
            assertThat(UdpMessage.decode(bytes(hex))).isNull();
        }
    }

    @Test
    void a_datagram_is_cut_where_it_must_be_and_put_together_again_in_any_order() {
        byte[] payload = new byte[65_000];
        new Random(1).nextBytes(payload);
        List<ByteBuf> messages = encode(payload, 1200);
        assertThat(messages)
                .hasSize(56)
                .allSatisfy(it -> assertThat(it.readableBytes()).isLessThanOrEqualTo(1200));
        Reassembly reassembly = new Reassembly();
        ByteBuf whole = null;
        for (int i = messages.size() - 1; i >= 0; i--) {
            assertThat(whole).isNull();
            whole = reassembly.add(decoded(messages.get(i)));
            if (i > 0) {
                assertThat(reassembly.add(decoded(messages.get(i)))).isNull(); // it came twice
            }
        }
        assertThat(ByteBufUtil.getBytes(whole)).isEqualTo(payload);
        whole.release();
        messages.forEach(ByteBuf::release);
    }

    @Test
    void a_datagram_that_fits_is_one_message() {
        for (int length : List.of(0, 1, 1100, 1200 - 8 - 1 - 14)) {
            List<ByteBuf> messages = encode(new byte[length], 1200);
            assertThat(messages).hasSize(1);
            UdpMessage message = decoded(messages.get(0));
            assertThat(message.count()).isEqualTo(1);
            assertThat(message.payload().readableBytes()).isEqualTo(length);
            messages.forEach(ByteBuf::release);
        }
        List<ByteBuf> two = encode(new byte[1200 - 8 - 1 - 14 + 1], 1200);
        assertThat(two).hasSize(2);
        two.forEach(ByteBuf::release);
        assertThat(encode(new byte[65_000], 100)).isEmpty();
        assertThat(encode(new byte[1], 20)).isEmpty();
    }

    @Test
    void a_piece_of_another_datagram_ends_the_one_that_is_incomplete() {
        List<ByteBuf> one = encode(new byte[2000], 1200);
        List<ByteBuf> other = UdpMessage.encode(
                1, 8, GOOGLE, Unpooled.wrappedBuffer(new byte[1500]), 1200, UnpooledByteBufAllocator.DEFAULT);
        Reassembly reassembly = new Reassembly();
        assertThat(reassembly.add(decoded(one.get(0)))).isNull();
        assertThat(reassembly.add(decoded(other.get(0)))).isNull();
        assertThat(reassembly.add(decoded(one.get(1)))).isNull();
        assertThat(reassembly.add(decoded(other.get(0)))).isNull();
        ByteBuf whole = reassembly.add(decoded(other.get(1)));
        assertThat(whole.readableBytes()).isEqualTo(1500);
        whole.release();
        one.forEach(ByteBuf::release);
        other.forEach(ByteBuf::release);
    }

    @Test
    void pieces_that_are_more_than_a_datagram_are_forgotten() {
        Reassembly reassembly = new Reassembly();
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[1000]);
        for (int i = 0; i < 65; i++) {
            assertThat(reassembly.add(new UdpMessage(1, 7, i, 255, GOOGLE, payload)))
                    .isNull();
        }
        assertThat(payload.refCnt()).isEqualTo(1);
        reassembly.close();
    }

    @Test
    void what_servers_say_of_an_origin_is_understood() {
        for (Failure.Kind kind : List.of(
                Failure.Kind.REFUSED,
                Failure.Kind.TIMEOUT,
                Failure.Kind.UNRESOLVED,
                Failure.Kind.NETWORK_UNREACHABLE,
                Failure.Kind.HOST_UNREACHABLE,
                Failure.Kind.FORBIDDEN)) {
            String words = Refusals.words(new Failure(kind, "10.0.0.1: secret"));
            assertThat(words).doesNotContain("secret");
            assertThat(Refusals.failure(GOOGLE, words).kind()).isEqualTo(kind);
        }
        Failure failure = Refusals.failure(GOOGLE, "dial tcp4 127.0.0.1:1: connect: connection refused\n");
        assertThat(failure.kind()).isEqualTo(Failure.Kind.REFUSED);
        assertThat(Refusals.failure(GOOGLE, "not allowed").by()).isEqualTo(Ender.UPSTREAM);
        assertThat(failure.text())
                .startsWith("google.com:443: the server says: dial tcp4")
                .doesNotContain("\n");
    }

    private static List<ByteBuf> encode(byte[] payload, int most) {
        return UdpMessage.encode(1, 7, GOOGLE, Unpooled.wrappedBuffer(payload), most, UnpooledByteBufAllocator.DEFAULT);
    }

    private static UdpMessage decoded(ByteBuf in) {
        UdpMessage message = UdpMessage.decode(in);
        assertThat(message).isNotNull();
        return message;
    }

    private static void pieces(ByteBuf whole, Function<ByteBuf, @Nullable Object> decode, Object expected) {
        for (int length = 0; length < whole.readableBytes(); length++) {
            ByteBuf part = whole.slice(0, length);
            assertThat(decode.apply(part)).isNull();
            assertThat(part.readableBytes()).isEqualTo(length);
        }
        assertThat(decode.apply(whole)).isEqualTo(expected);
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.buffer().writeBytes(ByteBufUtil.decodeHexDump(hex));
    }
}

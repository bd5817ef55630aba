package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.PacketFraming;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrojanPacketTest {
    @Test
    void the_header_is_written_as_the_protocol_says() {
        ByteBuf out = Unpooled.buffer();
        TrojanPacket.encodeHeader(Destination.parse("dns.example:53"), 300, out);
        assertThat(out.toString(ISO_8859_1)).isEqualTo("\3\13dns.example\0\65\1\54\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dns.example:53", "192.0.2.1:443", "[2001:db8::1]:65535"})
    void what_is_written_is_read_at_every_split(String text) {
        Destination peer = Destination.parse(text);
        ByteBuf whole = packet(peer, "payload");
        for (int split = 0; split < whole.readableBytes(); split++) {
            ByteBuf part = whole.slice(0, split);
            assertThat(TrojanPacket.decode(part)).as("%d bytes", split).isNull();
            assertThat(part.readerIndex()).isZero();
        }
        whole.writeBytes(packet(peer, ""));
        PacketFraming.Packet first = TrojanPacket.decode(whole);
        assertThat(first.peer()).isEqualTo(peer);
        assertThat(first.payload().toString(US_ASCII)).isEqualTo("payload");
        PacketFraming.Packet second = TrojanPacket.decode(whole);
        assertThat(second.peer()).isEqualTo(peer);
        assertThat(second.payload().isReadable()).isFalse();
        assertThat(whole.isReadable()).isFalse();
        first.payload().release();
        second.payload().release();
    }

    @Test
    void the_largest_payload_fits() {
        String payload = "x".repeat(PacketFraming.MAX_PAYLOAD);
        PacketFraming.Packet packet = TrojanPacket.decode(packet(Destination.parse("a.test:1"), payload));
        assertThat(packet.payload().readableBytes()).isEqualTo(65_535);
        packet.payload().release();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\0", "\2x", "\5", "\201", "\377\377", "\1\300\0\2\1\0\65\0\1x", "\1\300\0\2\1\0\65\0\1\rx"})
    void what_is_no_frame_is_refused(String text) {
        assertThatThrownBy(() -> TrojanPacket.decode(Unpooled.copiedBuffer(text, ISO_8859_1)))
                .isInstanceOf(GarbageException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\1\300\0\2\1\0\0\0\1\r\nx",
                "\3\0\0\65\0\1\r\nx",
                "\3\3a b\0\65\0\1\r\nx",
                "\3\2\377\376\0\65\0\1\r\nx"
            })
    void an_impossible_peer_costs_one_datagram_only(String text) {
        ByteBuf in = Unpooled.copiedBuffer(text, ISO_8859_1);
        PacketFraming.Packet packet = TrojanPacket.decode(in);
        assertThat(packet.peer()).isNull();
        assertThat(in.isReadable()).isFalse();
        packet.payload().release();
    }

    @Test
    void random_bytes_throw_nothing_else() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            if (noise.length > 0) {
                noise[0] = (byte) random.nextInt(5);
            }
            try {
                PacketFraming.Packet packet = TrojanPacket.decode(Unpooled.wrappedBuffer(noise));
                if (packet != null) {
                    packet.payload().release();
                }
            } catch (GarbageException e) {
                assertThat(e.getStackTrace()).isEmpty();
            }
        }
    }

    static ByteBuf packet(Destination peer, String payload) {
        ByteBuf out = Unpooled.buffer();
        TrojanPacket.encodeHeader(peer, payload.length(), out);
        return out.writeBytes(payload.getBytes(US_ASCII));
    }
}

package dev.fenliu.tunnel.vless;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.model.Destination;
import dev.fenliu.net.PacketFraming;
import dev.fenliu.outbound.Uuid;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What clients said to servers inside TLS, recorded of Xray 26.7.28 and sing-box 1.14.0-alpha.2 with their defaults: to
 * 192.0.2.1:7777, the text {@code hello} in a stream, the texts {@code first} and {@code second} in datagrams.
 */
class RecordedTest {
    private static final Destination TARGET = Destination.parse("192.0.2.1:7777");
    private static final String ID = "006f9619ff8b864011b42d00c04fc964ff";

    @ParameterizedTest
    @CsvSource({
        "Xray, 00011e6101c000020168656c6c6f",
        "sing-box, 00011e6101c0000201",
    })
    void a_client_asks_for_a_stream(String client, String said) {
        ByteBuf in = Unpooled.wrappedBuffer(Bytes.of(ID + said));
        assertThat(VlessRequest.uuid(in)).isEqualTo(Uuid.bytes(new Secret(VlessEnds.UUID)));
        assertThat(VlessRequest.hasAddons(in)).isFalse();
        assertThat(VlessRequest.decode(in)).isEqualTo(new VlessRequest(VlessRequest.Command.STREAM, TARGET));
        assertThat(in.toString(StandardCharsets.US_ASCII)).isIn("hello", "");
    }

    @ParameterizedTest
    @CsvSource({
        "Xray, 0003000c00000101021e6101c00002010005666972737400040000020100067365636f6e64",
        "sing-box, 0003000c00000101021e6101c000020100056669727374000c00000201021e6101c000020100067365636f6e64",
    })
    void a_client_sends_datagrams(String client, String said) {
        ByteBuf in = Unpooled.wrappedBuffer(Bytes.of(ID + said));
        assertThat(VlessRequest.decode(in)).isEqualTo(new VlessRequest(VlessRequest.Command.MUX, null));
        MuxFraming framing = new MuxFraming();
        List<String> seen = new ArrayList<>();
        for (PacketFraming.Packet packet; (packet = framing.read(in)) != null; ) {
            seen.add(packet.peer() + " " + packet.payload().toString(StandardCharsets.US_ASCII));
            packet.payload().release();
        }
        assertThat(seen).containsExactly(TARGET + " first", TARGET + " second");
        assertThat(in.isReadable()).isFalse();
    }

    /** Both servers answer the same: two bytes in front of what the origin said. */
    @ParameterizedTest
    @CsvSource({"Xray, 00000005666972737400067365636f6e64", "sing-box, 00000005666972737400067365636f6e64"})
    void a_server_answers_datagrams(String server, String said) {
        ByteBuf in = Unpooled.wrappedBuffer(Bytes.of(said));
        assertThat(in.readUnsignedByte()).isEqualTo((short) VlessRequest.VERSION);
        assertThat(in.readUnsignedByte()).isZero();
        LengthFraming framing = new LengthFraming(TARGET);
        for (String text : List.of("first", "second")) {
            PacketFraming.Packet packet = framing.read(in);
            assertThat(packet.payload().toString(StandardCharsets.US_ASCII)).isEqualTo(text);
            packet.payload().release();
        }
    }
}

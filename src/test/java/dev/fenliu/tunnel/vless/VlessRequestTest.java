package dev.fenliu.tunnel.vless;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.outbound.Uuid;
import dev.fenliu.tunnel.vless.VlessRequest.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VlessRequestTest {
    private static final String ID = "6f9619ff8b864011b42d00c04fc964ff";
    private static final byte[] UUID = Uuid.bytes(new Secret(VlessEnds.UUID));

    @Test
    void a_request_is_written_as_the_protocol_says() {
        assertThat(written(Command.STREAM, "example.com:443"))
                .isEqualTo("00" + ID + "00" + "01" + "01bb" + "020b6578616d706c652e636f6d");
        assertThat(written(Command.DATAGRAMS, "192.0.2.1:53"))
                .isEqualTo("00" + ID + "00" + "02" + "0035" + "01c0000201");
        assertThat(written(Command.STREAM, "[2001:db8::1]:80"))
                .isEqualTo("00" + ID + "00" + "01" + "0050" + "0320010db8000000000000000000000001");
    }

    private static String written(Command command, String destination) {
        ByteBuf out = Unpooled.buffer();
        VlessRequest.encode(UUID, command, Destination.parse(destination), out);
        return Bytes.hex(out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com:443", "192.0.2.1:1", "[2001:db8::1]:65535", "a.b_c-d.test:80"})
    void what_is_written_is_read_at_every_split(String text) {
        Destination destination = Destination.parse(text);
        for (Command command : new Command[] {Command.STREAM, Command.DATAGRAMS}) {
            ByteBuf whole = Unpooled.buffer();
            VlessRequest.encode(UUID, command, destination, whole);
            assertThat(whole.readableBytes()).isLessThanOrEqualTo(VlessRequest.MAX_BYTES);
            for (int split = 0; split < whole.readableBytes(); split++) {
                ByteBuf part = whole.slice(0, split);
                assertThat(VlessRequest.decode(part)).as("%d bytes", split).isNull();
                assertThat(part.readerIndex()).isZero();
                assertThat(VlessRequest.uuid(part) != null).isEqualTo(split >= 17);
                assertThat(VlessRequest.hasAddons(part)).isFalse();
            }
            whole.writeBytes("payload".getBytes(US_ASCII));
            assertThat(VlessRequest.uuid(whole)).isEqualTo(UUID);
            assertThat(VlessRequest.decode(whole)).isEqualTo(new VlessRequest(command, destination));
            assertThat(whole.toString(US_ASCII)).isEqualTo("payload");
        }
    }

    @Test
    void a_mux_has_no_address() {
        ByteBuf in = bytes("00" + ID + "00" + "03" + "0005");
        assertThat(VlessRequest.decode(in)).isEqualTo(new VlessRequest(Command.MUX, null));
        assertThat(in.readableBytes()).isEqualTo(2);
    }

    @Test
    void addons_are_seen_as_soon_as_their_length_is() {
        assertThat(VlessRequest.hasAddons(bytes("00" + ID))).isFalse();
        assertThat(VlessRequest.hasAddons(bytes("00" + ID + "12"))).isTrue();
    }

    @Test
    void names_are_normalised() {
        String start = "00" + ID + "00" + "01" + "01bb";
        assertThat(VlessRequest.decode(bytes(start + "020c" + "4578616d706c652e434f4d2e"))
                        .destination())
                .isEqualTo(Destination.parse("example.com:443"));
        assertThat(VlessRequest.decode(bytes(start + "0209" + "3139322e302e322e31"))
                        .destination())
                .isEqualTo(Destination.parse("192.0.2.1:443"));
        assertThat(VlessRequest.decode(bytes(start + "03" + "00000000000000000000ffffc0000201"))
                        .destination())
                .isEqualTo(Destination.parse("192.0.2.1:443"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01", // a version to come
                "47455420",
                "1603010200",
                "00 ID 00 00",
                "00 ID 00 04",
                "00 ID 00 ff",
                "00 ID 00 01 0050 00",
                "00 ID 00 01 0050 04",
                "00 ID 00 01 0050 83",
                "00 ID 00 01 0000 01 c0000201", // port 0
                "00 ID 00 01 0050 02 00", // no name
                "00 ID 00 02 0050 02 01 2e",
                "00 ID 00 02 0050 02 03 612062",
                "00 ID 00 01 0050 02 03 610062",
                "00 ID 00 01 0050 02 03 613a62",
                "00 ID 00 01 0050 02 02 fffe"
            })
    void malformed(String text) {
        ByteBuf in = bytes(text.replace("ID", ID).replace(" ", ""));
        assertThatThrownBy(() -> VlessRequest.decode(in)).isInstanceOf(GarbageException.class);
        assertThat(in.readerIndex()).isZero();
        for (int length = 0; length < in.readableBytes(); length++) {
            try {
                assertThat(VlessRequest.decode(in.slice(0, length))).isNull();
            } catch (GarbageException e) {
                return; // it was known before the end, and nothing that follows could make it a request
            }
        }
    }

    @Test
    void random_bytes_are_refused_or_incomplete() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            try {
                VlessRequest.decode(Unpooled.wrappedBuffer(bytes("00" + ID + "00"), Unpooled.wrappedBuffer(noise)));
            } catch (GarbageException e) {
                assertThat(e.getStackTrace()).isEmpty();
            }
        }
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(Bytes.of(hex));
    }
}

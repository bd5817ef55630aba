package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressHeaderTest {
    @ParameterizedTest
    @CsvSource({
        "198.51.100.7:8388, 01c633640720c4",
        "example.com:443, 030b6578616d706c652e636f6d01bb",
        "[2001:db8::1]:53, 0420010db80000000000000000000000010035",
    })
    void a_destination_has_one_form_and_is_read_back_split_anywhere(String text, String hex) throws Exception {
        Destination destination = Destination.parse(text);
        ByteBuf out = Unpooled.buffer();
        AddressHeader.write(destination, out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(hex);
        for (int length = 0; length < out.readableBytes(); length++) {
            ByteBuf begun = out.copy(0, length);
            assertThat(AddressHeader.read(begun)).isNull();
            assertThat(begun.readerIndex()).isZero();
        }
        out.writeByte('x');
        assertThat(AddressHeader.read(out)).isEqualTo(destination);
        assertThat(out.readableBytes()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "03094c4f43414c484f535401bb, localhost:443",
        "030431322e3301bb, ''",
        "0308312e322e332e342e01bb, ''",
        "0307312e322e332e3401bb, 1.2.3.4:443",
        "0400000000000000000000ffff0102030401bb, 1.2.3.4:443",
    })
    void names_and_addresses_are_normalised(String hex, String expected) throws Exception {
        ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
        if (expected.isEmpty()) {
            assertThatThrownBy(() -> AddressHeader.read(in)).isInstanceOf(Failure.class);
        } else {
            assertThat(AddressHeader.read(in)).hasToString(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000",
                "0200",
                "05aabb",
                "ff00",
                "03000050",
                "0301200050",
                "0302ffff0050",
                "010a0000010000"
            })
    void what_is_no_destination_is_refused(String hex) {
        ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
        assertThatThrownBy(() -> AddressHeader.read(in))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL));
    }

    @Test
    void random_bytes_are_a_destination_or_refused_or_not_complete() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 1) {
                bytes[0] = (byte) random.nextInt(6);
                bytes[1] = (byte) (bytes[1] & (random.nextBoolean() ? 15 : 255));
            }
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            try {
                Destination destination = AddressHeader.read(in);
                assertThat(in.readerIndex() == 0).isEqualTo(destination == null);
            } catch (Failure e) {
                assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
            }
        }
    }

    @Test
    void the_longest_name_fits() throws Exception {
        String label = "a".repeat(63) + ".";
        Destination destination = Destination.parse(label + label + label + "b".repeat(61) + ":1");
        ByteBuf out = Unpooled.buffer(AddressHeader.MAX_BYTES, AddressHeader.MAX_BYTES);
        AddressHeader.write(destination, out);
        assertThat(AddressHeader.read(out)).isEqualTo(destination);
    }
}

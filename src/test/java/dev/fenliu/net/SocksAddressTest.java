package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocksAddressTest {
    @ParameterizedTest
    @CsvSource({
        "198.51.100.7:8388, 01c633640720c4",
        "example.com:443, 030b6578616d706c652e636f6d01bb",
        "[2001:db8::1]:53, 0420010db80000000000000000000000010035",
    })
    void a_destination_has_one_form_and_is_read_back_split_anywhere(String text, String hex) {
        Destination destination = Destination.parse(text);
        ByteBuf out = Unpooled.buffer().writeByte('w');
        SocksAddress.write(destination, out);
        int end = out.writerIndex();
        assertThat(ByteBufUtil.hexDump(out, 1, end - 1)).isEqualTo(hex);
        for (int there = 1; there < end; there++) {
            assertThat(SocksAddress.length(out.writerIndex(there), 1)).isZero();
        }
        out.writerIndex(end).writeByte('x');
        assertThat(SocksAddress.length(out, 1)).isEqualTo(end - 1);
        assertThat(SocksAddress.read(out.skipBytes(1))).isEqualTo(destination);
        assertThat(out.readerIndex()).isEqualTo(end);
    }

    @ParameterizedTest
    @CsvSource({
        "03094c4f43414c484f535401bb, localhost:443",
        "0307312e322e332e3401bb, 1.2.3.4:443",
        "0400000000000000000000ffff0102030401bb, 1.2.3.4:443",
        "0307c3a92e7465737401bb, xn--9ca.test:443",
    })
    void names_and_addresses_are_normalised(String hex, String expected) {
        assertThat(SocksAddress.read(bytes(hex))).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "02", "05aabb", "ff00"})
    void an_unknown_type_is_known_at_once(String hex) {
        assertThat(SocksAddress.length(bytes(hex), 0)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "03000050", // no name
                "0301200050", // a blank
                "0302ffff0050", // no UTF-8
                "0308312e322e332e342e01bb", // 1.2.3.4.
                "030431322e3301bb", // 12.3
                "010a0000010000", // port 0
            })
    void what_is_no_destination_is_passed_over_as_a_whole(String hex) {
        ByteBuf in = bytes(hex);
        assertThat(SocksAddress.length(in, 0)).isEqualTo(in.readableBytes());
        assertThat(SocksAddress.read(in)).isNull();
        assertThat(in.isReadable()).isFalse();
    }

    @Test
    void random_bytes_are_a_destination_or_none_or_not_complete() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 1) {
                bytes[0] = (byte) random.nextInt(6);
                bytes[1] = (byte) (bytes[1] & (random.nextBoolean() ? 15 : 255));
            }
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            int length = SocksAddress.length(in, 0);
            assertThat(length).isBetween(-1, bytes.length);
            if (length > 0) {
                SocksAddress.read(in);
                assertThat(in.readerIndex()).isEqualTo(length);
            }
        }
    }

    @Test
    void the_longest_name_fits() {
        String label = "a".repeat(63) + ".";
        Destination destination = Destination.parse(label + label + label + "b".repeat(61) + ":1");
        ByteBuf out = Unpooled.buffer(SocksAddress.MAX_BYTES, SocksAddress.MAX_BYTES);
        SocksAddress.write(destination, out);
        assertThat(SocksAddress.read(out)).isEqualTo(destination);
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    }
}

package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class RecipientsTest {
    private static final byte[] FOUR = {2, 0, 0x01, (byte) 0xbb, (byte) 198, 51, 100, 2, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final InetSocketAddress FOUR_443 = new InetSocketAddress(Addresses.parse("198.51.100.2"), 443);
    private static final InetSocketAddress SIX_53 = new InetSocketAddress(Addresses.parse("2001:db8::2"), 53);

    private static byte[] six() {
        ByteBuffer name = ByteBuffer.allocate(28)
                .putShort((short) 0x0a00)
                .putShort((short) 53)
                .putInt(7);
        return name.put(Addresses.parse("2001:db8::2").getAddress()).array();
    }

    private final ByteBuffer control = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    private RecipientsTest add(int level, int type, byte[] data) {
        control.putLong(16 + data.length).putInt(level).putInt(type).put(data);
        control.position((control.position() + 7) & ~7);
        return this;
    }

    private InetSocketAddress found() {
        return Recipients.find(control.flip());
    }

    @Test
    void the_destination_of_either_family_is_found() {
        assertThat(add(0, 20, FOUR).found()).isEqualTo(FOUR_443);
        control.clear();
        assertThat(add(41, 74, six()).found()).isEqualTo(SIX_53);
    }

    @Test
    void it_is_found_behind_other_control_data() {
        assertThat(add(41, 50, new byte[20])
                        .add(1, 29, new byte[3])
                        .add(41, 74, six())
                        .found())
                .isEqualTo(SIX_53);
    }

    @Test
    void control_data_without_it_or_cut_short_tell_nothing() {
        assertThat(found()).isNull();
        control.clear();
        assertThat(add(41, 50, new byte[20]).found()).isNull();
        control.clear();
        add(41, 74, six());
        for (int length = 0; length < 44; length++) {
            control.clear().limit(length);
            assertThat(Recipients.find(control)).as("%d bytes", length).isNull();
        }
        control.clear();
        assertThat(add(41, 74, new byte[0]).control.putLong(0, 0).flip())
                .satisfies(none -> assertThat(Recipients.find(none)).isNull());
    }

    @Test
    void an_address_of_less_than_its_length_is_no_address() {
        assertThat(add(41, 74, new byte[5]).found()).isNull();
        control.clear();
        assertThat(add(0, 20, new byte[7]).found()).isNull();
    }
}

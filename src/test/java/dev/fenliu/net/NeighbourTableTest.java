package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NeighbourTableTest {
    private static final byte[] MAC = {2, 0, 0, 0, 0, 1};

    private final ByteBuffer answer = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());

    private void message(int type, int state, Object... attributes) {
        int start = answer.position();
        answer.position(start + 28);
        for (int i = 0; i < attributes.length; i += 2) {
            byte[] value = (byte[]) attributes[i + 1];
            answer.putShort((short) (4 + value.length))
                    .putShort(((Integer) attributes[i]).shortValue())
                    .put(value);
            answer.position(answer.position() + 3 & ~3);
        }
        answer.putInt(start, answer.position() - start);
        answer.putShort(start + 4, (short) type);
        answer.putShort(start + 16 + 8, (short) state);
    }

    private static byte[] bytes(String address) {
        return Objects.requireNonNull(Addresses.parse(address)).getAddress();
    }

    private static byte[] ages(int ticks) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putInt(ticks)
                .array();
    }

    private static Neighbour neighbour(String address, int seconds) {
        return new Neighbour(
                Objects.requireNonNull(Addresses.parse(address)), Mac.of(MAC, 0), Duration.ofSeconds(seconds));
    }

    @Test
    void both_families_are_read_and_what_has_no_hardware_address_is_left_out() throws Exception {
        message(28, 2, 1, bytes("192.168.1.5"), 2, MAC, 3, ages(300));
        message(28, 4, 1, bytes("fe80::5"), 2, MAC, 3, ages(0));
        message(28, 1, 1, bytes("192.168.1.6"), 3, ages(0)); // incomplete
        message(28, 0x40, 1, bytes("127.0.0.1"), 2, new byte[6]); // no ARP
        message(28, 2, 1, bytes("192.168.1.7"), 2, new byte[20]); // InfiniBand
        message(28, 2, 2, MAC);
        message(16, 0, 1, bytes("192.168.1.8"), 2, MAC); // of another kind
        message(3, 0);
        List<Neighbour> found = new ArrayList<>();
        assertThat(NeighbourTable.parse(answer.flip(), found)).isTrue();
        assertThat(found).containsExactly(neighbour("192.168.1.5", 3), neighbour("fe80::5", 0));
    }

    @Test
    void the_answer_goes_on_until_its_end_and_an_error_is_one() throws Exception {
        message(28, 2, 1, bytes("192.168.1.5"), 2, MAC);
        assertThat(NeighbourTable.parse(answer.flip(), new ArrayList<>())).isFalse();
        answer.clear();
        message(2, 0);
        assertThatThrownBy(() -> NeighbourTable.parse(answer.flip(), new ArrayList<>()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void what_is_cut_anywhere_is_no_more_than_an_error() {
        message(28, 2, 1, bytes("192.168.1.5"), 2, MAC, 3, ages(300));
        byte[] whole = new byte[answer.position()];
        answer.flip().get(whole);
        for (int length = 0; length < whole.length; length++) {
            for (int change = 0; change < 3; change++) {
                byte[] bytes = java.util.Arrays.copyOf(whole, length);
                if (change > 0 && length >= 4) {
                    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, change == 1 ? length : -1);
                }
                List<Neighbour> found = new ArrayList<>();
                try {
                    NeighbourTable.parse(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()), found);
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("cut");
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void the_table_of_this_machine_can_be_read() throws Exception {
        assertThat(NeighbourTable.read())
                .allSatisfy(neighbour -> assertThat(neighbour.seen()).isGreaterThanOrEqualTo(Duration.ZERO));
    }
}

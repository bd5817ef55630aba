package dev.fenliu.tunnel.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketArrayTest {
    private static final int LARGE = 100_000;

    @Test
    void the_array_of_a_large_packet_is_used_again_when_the_packet_has_left_and_not_before() throws Exception {
        List<byte[]> arrays = new ArrayList<>();
        Thread loop = new FastThreadLocalThread(() -> {
            PacketArray first = PacketArray.of(LARGE);
            PacketArray second = PacketArray.of(LARGE);
            arrays.add(first.buffer().array());
            arrays.add(second.buffer().array());
            first.recycle();
            arrays.add(PacketArray.of(LARGE - 1).buffer().array());
        });
        loop.start();
        loop.join();
        assertThat(arrays.get(1)).isNotSameAs(arrays.get(0));
        assertThat(arrays.get(2)).isSameAs(arrays.get(0));
    }

    @Test
    void there_is_room_for_the_payload_and_what_is_around_it() {
        for (int payload : new int[] {1, 16 << 10, LARGE, 2 * LARGE}) {
            PacketArray array = PacketArray.of(payload);
            assertThat(array.buffer().array().length).isGreaterThan(payload + 300);
            array.recycle();
        }
    }
}

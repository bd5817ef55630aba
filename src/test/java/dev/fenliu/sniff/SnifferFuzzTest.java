package dev.fenliu.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.util.List;

/** Everything but the inside of a ClientHello and of a QUIC packet, which have tests of their own: HTTP above all. */
class SnifferFuzzTest {
    @FuzzTest
    void what_the_first_bytes_told_stays(byte[] input) {
        if (input.length <= Sniffer.MAX) {
            SniffFuzz.settled(input);
        }
        Sniffed datagram = Sniffer.sniff(List.of(Unpooled.wrappedBuffer(input).asReadOnly()));
        assertThat(datagram.state()).isEqualTo(Sniffed.State.DONE);
        assertThat(datagram.name()).isEmpty();
    }
}

package dev.fenliu.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.model.Transport;
import io.netty.buffer.Unpooled;

/** Everything but the inside of a ClientHello, which has a test of its own: HTTP above all. */
class SnifferFuzzTest {
    @FuzzTest
    void what_the_first_bytes_told_stays(byte[] input) {
        if (input.length <= Sniffer.MAX) {
            SniffFuzz.settled(input);
        }
        Sniffed datagram = Sniffer.sniff(Unpooled.wrappedBuffer(input).asReadOnly(), Transport.UDP);
        assertThat(datagram.state()).isEqualTo(Sniffed.State.DONE);
        assertThat(datagram.name()).isEmpty();
    }
}

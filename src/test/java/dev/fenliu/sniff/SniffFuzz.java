package dev.fenliu.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** What the sniffer makes of bytes as more and more of them come. */
final class SniffFuzz {
    /** Positions that are looked at in long input, spread over it. */
    private static final int LOOKS = 256;

    private SniffFuzz() {}

    /** The answer for all bytes; once an answer is final, more bytes must not change it. */
    static Sniffed settled(byte[] bytes) {
        Sniffed last = null;
        int step = 1 + bytes.length / LOOKS;
        for (int end = bytes.length % step; end <= bytes.length; end += step) {
            ByteBuf first = Unpooled.wrappedBuffer(bytes, 0, end).asReadOnly();
            Sniffed now = Sniffer.sniff(first);
            assertThat(first.readableBytes()).as("nothing is read").isEqualTo(end);
            if (last != null && last.state() == Sniffed.State.DONE) {
                assertThat(now).as("%d of %d bytes", end, bytes.length).isEqualTo(last);
            }
            last = now;
        }
        assertThat(last).isNotNull();
        assertThat(last.state() == Sniffed.State.DONE || bytes.length < Sniffer.MAX)
                .isTrue();
        assertThat(last.name().isEmpty() || last.state() == Sniffed.State.DONE).isTrue();
        last.protocol().ifPresent(protocol -> assertThat(Sniffer.PROTOCOLS).contains(protocol));
        return last;
    }
}

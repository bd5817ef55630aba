package dev.fenliu.inbound.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;

class SocksDatagramFuzzTest {
    @FuzzTest
    void a_datagram_is_dropped_or_has_a_destination_and_the_payload_behind_it(byte[] input) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            ByteBuf in = buffers.of(input);
            Destination to = SocksAssociation.head(in);
            if (to != null) {
                assertThat(in.getMedium(0)).isZero();
                ByteBuf again = buffers.of(new byte[3]);
                SocksAddress.write(to, again);
                again.writeBytes(in, in.readerIndex(), in.readableBytes());
                assertThat(SocksAssociation.head(again)).isEqualTo(to);
                assertThat(again).isEqualTo(in);
                again.release();
            }
            assertThat(in.refCnt()).isEqualTo(1);
            in.release();
        }
    }
}

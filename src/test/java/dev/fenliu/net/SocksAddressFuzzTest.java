package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;

class SocksAddressFuzzTest {
    @FuzzTest
    void an_address_ends_where_it_says_and_is_read_again_as_it_was_written(byte[] input) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            ByteBuf in = buffers.of(input);
            ByteBuf out = buffers.of(new byte[0]);
            int length = SocksAddress.length(in, 0);
            assertThat(length).isBetween(-1, Math.min(input.length, SocksAddress.MAX_BYTES));
            for (int end = 0; end < input.length; end++) {
                int partial = SocksAddress.length(in.slice(0, end), 0);
                assertThat(partial).isEqualTo(end == 0 ? 0 : length < 0 ? -1 : end < length ? 0 : length);
            }
            if (length > 0) {
                Destination destination = SocksAddress.read(in);
                assertThat(in.readerIndex()).isEqualTo(length);
                if (destination != null) {
                    SocksAddress.write(destination, out);
                    assertThat(SocksAddress.length(out, 0)).isEqualTo(out.readableBytes());
                    assertThat(SocksAddress.read(out)).isEqualTo(destination);
                    assertThat(Destination.parse(destination.toString())).isEqualTo(destination);
                }
            }
            in.release();
            out.release();
        }
    }
}

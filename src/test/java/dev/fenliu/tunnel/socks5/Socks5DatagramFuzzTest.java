package dev.fenliu.tunnel.socks5;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;

class Socks5DatagramFuzzTest {
    @FuzzTest
    void a_datagram_is_dropped_or_has_an_origin_and_the_payload_behind_it(byte[] input) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            ByteBuf in = buffers.of(input);
            Destination origin = Socks5Packets.origin(in);
            if (origin != null) {
                ByteBuf again = buffers.of(new byte[3]);
                SocksAddress.write(origin, again);
                again.writeBytes(in, in.readerIndex(), in.readableBytes());
                assertThat(Socks5Packets.origin(again)).isEqualTo(origin);
                assertThat(again).isEqualTo(in);
                again.release();
            }
            in.release();
        }
    }
}

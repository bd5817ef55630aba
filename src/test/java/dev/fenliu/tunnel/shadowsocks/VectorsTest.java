package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VectorsTest {
    private static final Destination EXAMPLE = Destination.parse("example.com:443");

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void the_subkey_is_that_of_python(Method method) {
        assertThat(Vectors.key(method).subkey(Vectors.salt(method)).getEncoded())
                .isEqualTo(Vectors.bytes(method, "subkey"));
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_sealed_stream_is_that_of_python(Method method) {
        StreamSealer sealer =
                new StreamSealer(new PlainGreeting(Vectors.key(method), new SaltFilter(), Vectors.salt(method)));
        ByteBuf first = Unpooled.buffer();
        SocksAddress.write(EXAMPLE, first);
        first.writeBytes("hello".getBytes(US_ASCII));
        ByteBuf out = Unpooled.buffer();
        sealer.seal(first, out);
        sealer.seal(Unpooled.wrappedBuffer(Vectors.pattern(300)), out);
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(Vectors.bytes(method, "stream"));
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_large_write_is_cut_into_chunks_that_python_makes_too(Method method) throws Exception {
        StreamSealer sealer =
                new StreamSealer(new PlainGreeting(Vectors.key(method), new SaltFilter(), Vectors.salt(method)));
        int size = sealer.sealedBytes(40_000);
        ByteBuf out = Unpooled.buffer(size, size);
        sealer.seal(Unpooled.wrappedBuffer(Vectors.PATTERN), out);
        assertThat(out.isWritable()).isFalse();
        assertThat(Vectors.sha256(out.array())).isEqualTo(Vectors.bytes(method, "large"));
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void the_nonce_carries_into_its_second_byte(Method method) throws Exception {
        StreamSealer sealer =
                new StreamSealer(new PlainGreeting(Vectors.key(method), new SaltFilter(), Vectors.salt(method)));
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < 400; i++) {
            sealer.seal(Unpooled.wrappedBuffer(Vectors.PATTERN, i, 1), out);
        }
        assertThat(Vectors.sha256(ByteBufUtil.getBytes(out))).isEqualTo(Vectors.bytes(method, "carry"));
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_datagram_is_that_of_python_and_opens(Method method) throws Exception {
        SaltedPackets codec = new SaltedPackets(Vectors.key(method), new SaltFilter());
        ByteBuf payload = Unpooled.copiedBuffer("datagram", US_ASCII);
        ByteBuf sealed = codec.seal(Vectors.salt(method), EXAMPLE, payload, ByteBufAllocator.DEFAULT);
        assertThat(ByteBufUtil.getBytes(sealed)).isEqualTo(Vectors.bytes(method, "packet"));

        PacketCodec.Datagram datagram = codec.open(sealed, ByteBufAllocator.DEFAULT);
        assertThat(datagram.far()).isEqualTo(EXAMPLE);
        assertThat(datagram.payload().toString(US_ASCII)).isEqualTo("datagram");
        datagram.payload().release();
        sealed.release();
    }
}

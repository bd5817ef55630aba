package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

class PacketCodecFuzzTest {
    private static final Method[] METHODS = Vectors.METHODS;

    @FuzzTest
    void a_datagram_of_a_stranger_is_refused_and_one_of_a_peer_is_read_as_it_was_written(byte[] input) {
        Pieces datagram = Pieces.of(input);
        Method method = METHODS[datagram.seed() % METHODS.length];
        byte[] salt = Vectors.salt(method);
        try (CountedBuffers buffers = new CountedBuffers()) {
            assertThat(open(method, buffers.of(datagram.bytes()), buffers)).isNull();
            byte[] plain = datagram.bytes();
            byte[] sealed = Arrays.copyOf(salt, salt.length + plain.length + Method.TAG_BYTES);
            System.arraycopy(plain, 0, sealed, salt.length, plain.length);
            new AeadCipher(Vectors.key(method), salt).seal(sealed, salt.length, plain.length);
            PacketCodec.Datagram opened = open(method, buffers.of(sealed), buffers);
            if (opened != null) {
                byte[] payload = ByteBufUtil.getBytes(opened.payload());
                assertThat(plain).endsWith(payload);
                ByteBuf again = new SaltedPackets(Vectors.key(method), new SaltFilter())
                        .seal(salt, opened.far(), opened.payload(), buffers.allocator());
                opened.payload().release();
                PacketCodec.Datagram reopened = open(method, again, buffers);
                assertThat(reopened).isNotNull();
                assertThat(reopened.far()).isEqualTo(opened.far());
                assertThat(ByteBufUtil.getBytes(reopened.payload())).isEqualTo(payload);
                reopened.payload().release();
            }
        }
    }

    /** Null when it is refused; releases what was sealed. */
    private static PacketCodec.@Nullable Datagram open(Method method, ByteBuf sealed, CountedBuffers buffers) {
        try {
            return new SaltedPackets(Vectors.key(method), new SaltFilter()).open(sealed, buffers.allocator());
        } catch (Failure e) {
            assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
            return null;
        } finally {
            sealed.release();
        }
    }
}

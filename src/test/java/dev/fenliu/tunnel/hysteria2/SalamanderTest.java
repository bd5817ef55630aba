package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SalamanderTest {
    private static final InetSocketAddress PEER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    private final Salamander salamander = new Salamander(new Secret("salam4nder"));

    /** Masked by another implementation of BLAKE2b: Python's {@code hashlib.blake2b(key + salt, digest_size=32)}. */
    @Test
    void a_packet_is_masked_with_the_hash_of_key_and_salt() {
        ByteBuf plain = Unpooled.copiedBuffer("The quick brown fox jumps over the lazy dog", StandardCharsets.US_ASCII);
        ByteBuf packet = Unpooled.buffer();
        salamander.seal(plain, 0, plain.readableBytes(), 0x0102030405060708L, packet);
        assertThat(ByteBufUtil.hexDump(packet))
                .isEqualTo("0102030405060708b2017a3c0d58b6db703e48ebce9888ecfa4ad712f7fb"
                        + "d15152183c30c2b360558e0c3f701d57a6987f714d");
        assertThat(salamander.open(packet)).isTrue();
        assertThat(packet).isEqualTo(plain);
    }

    @Test
    void what_has_nothing_behind_a_salt_is_dropped() {
        EmbeddedChannel channel = new EmbeddedChannel(salamander);
        for (int length = 0; length <= 8; length++) {
            ByteBuf bytes = Unpooled.buffer().writeZero(length);
            assertThat(channel.writeInbound(new DatagramPacket(bytes, PEER, PEER)))
                    .isFalse();
            assertThat(bytes.refCnt()).isZero();
        }
        assertThat(channel.writeInbound(new DatagramPacket(Unpooled.buffer().writeZero(9), PEER, PEER)))
                .isTrue();
        channel.<DatagramPacket>readInbound().release();
    }

    @Test
    void packets_of_all_lengths_come_back() {
        EmbeddedChannel near = new EmbeddedChannel(salamander);
        EmbeddedChannel far = new EmbeddedChannel(new Salamander(new Secret("salam4nder")));
        for (int length = 1; length < 100; length++) {
            byte[] bytes = new byte[length];
            bytes[length - 1] = (byte) length;
            near.writeOutbound(new DatagramPacket(Unpooled.directBuffer().writeBytes(bytes), PEER));
            DatagramPacket sealed = near.readOutbound();
            assertThat(sealed.content().readableBytes()).isEqualTo(length + 8);
            far.writeInbound(sealed);
            DatagramPacket opened = far.readInbound();
            assertThat(ByteBufUtil.getBytes(opened.content())).isEqualTo(bytes);
            opened.release();
        }
    }

    @Test
    void what_the_kernel_will_cut_is_masked_a_packet_each() {
        EmbeddedChannel near = new EmbeddedChannel(salamander);
        byte[] bytes = new byte[2500];
        bytes[1200] = 1;
        bytes[2499] = 2;
        near.writeOutbound(new SegmentedDatagramPacket(Unpooled.wrappedBuffer(bytes), 1200, PEER));
        SegmentedDatagramPacket sealed = near.readOutbound();
        assertThat(sealed.segmentSize()).isEqualTo(1208);
        ByteBuf all = Unpooled.buffer();
        for (int length : new int[] {1208, 1208, 108}) {
            ByteBuf packet = sealed.content().readSlice(length);
            assertThat(salamander.open(packet)).isTrue();
            all.writeBytes(packet);
        }
        assertThat(sealed.content().isReadable()).isFalse();
        assertThat(ByteBufUtil.getBytes(all)).isEqualTo(bytes);
        sealed.release();
    }
}

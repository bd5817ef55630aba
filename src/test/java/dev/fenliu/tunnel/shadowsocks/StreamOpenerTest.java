package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamOpenerTest {
    private static final Method AES = Method.AES_128_GCM;

    private final ByteBuf out = Unpooled.buffer(1 << 17);

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_stream_opens_whole(Method method) throws Exception {
        StreamOpener opener = opener(method);
        opener.open(Unpooled.wrappedBuffer(Vectors.bytes(method, "stream")), out);
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(plain());
        assertThat(opener.atBoundary()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_stream_opens_byte_by_byte(Method method) throws Exception {
        StreamOpener opener = opener(method);
        for (byte b : Vectors.bytes(method, "stream")) {
            opener.open(Unpooled.wrappedBuffer(new byte[] {b}), out);
        }
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(plain());
        assertThat(opener.atBoundary()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_stream_opens_split_anywhere_and_knows_where_it_may_end(Method method) throws Exception {
        byte[] stream = Vectors.bytes(method, "stream");
        int firstEnd = method.keyBytes() + StreamSealer.CHUNK_OVERHEAD + plain().length - 300;
        for (int cut = 0; cut <= stream.length; cut++) {
            StreamOpener opener = opener(method);
            out.clear();
            opener.open(Unpooled.wrappedBuffer(stream, 0, cut), out);
            assertThat(opener.atBoundary()).isEqualTo(cut == 0 || cut == firstEnd || cut == stream.length);
            int rest = stream.length - cut;
            assertThat(opener.openedBytes(rest)).isGreaterThanOrEqualTo(plain().length - out.readableBytes());
            opener.open(Unpooled.wrappedBuffer(stream, cut, rest), out);
            assertThat(ByteBufUtil.getBytes(out)).isEqualTo(plain());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Method.class, names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_NONE)
    void a_flipped_bit_anywhere_is_found_before_its_chunk_is_given_out(Method method) {
        byte[] good = Vectors.bytes(method, "stream");
        int firstEnd = method.keyBytes() + StreamSealer.CHUNK_OVERHEAD + plain().length - 300;
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            out.clear();
            StreamOpener opener = opener(method);
            assertThatThrownBy(() -> opener.open(Unpooled.wrappedBuffer(bad), out))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("not of this password and method");
            byte[] authentic = at < firstEnd ? new byte[0] : Arrays.copyOf(plain(), plain().length - 300);
            assertThat(ByteBufUtil.getBytes(out)).isEqualTo(authentic);
        }
    }

    @Test
    void another_password_and_another_method_are_refused() {
        byte[] stream = Vectors.bytes(Method.AES_256_GCM, "stream");
        StreamOpener otherMethod = opener(Method.CHACHA20_POLY1305);
        assertThatThrownBy(() -> otherMethod.open(Unpooled.wrappedBuffer(stream), out))
                .isInstanceOf(Failure.class);
        StreamOpener otherPassword = new StreamOpener(new PlainGreeting(
                MasterKey.of(Method.AES_256_GCM, new dev.fenliu.config.Secret("wrong")), new SaltFilter()));
        assertThatThrownBy(() -> otherPassword.open(Unpooled.wrappedBuffer(stream), out))
                .isInstanceOf(Failure.class);
    }

    @Test
    void a_replayed_stream_is_refused_before_any_of_it_is_given_out() throws Exception {
        SaltFilter salts = new SaltFilter();
        byte[] stream = Vectors.bytes(AES, "stream");
        new StreamOpener(new PlainGreeting(Vectors.key(AES), salts)).open(Unpooled.wrappedBuffer(stream), out);
        out.clear();
        StreamOpener again = new StreamOpener(new PlainGreeting(Vectors.key(AES), salts));
        assertThatThrownBy(() -> again.open(Unpooled.wrappedBuffer(stream), out))
                .hasMessageContaining("replay");
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void what_does_not_prove_itself_leaves_no_trace_in_the_salt_filter() throws Exception {
        SaltFilter salts = new SaltFilter();
        byte[] forged = Vectors.bytes(AES, "stream");
        forged[20] ^= 1;
        StreamOpener first = new StreamOpener(new PlainGreeting(Vectors.key(AES), salts));
        assertThatThrownBy(() -> first.open(Unpooled.wrappedBuffer(forged), out))
                .isInstanceOf(Failure.class);
        new StreamOpener(new PlainGreeting(Vectors.key(AES), salts))
                .open(Unpooled.wrappedBuffer(Vectors.bytes(AES, "stream")), out);
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(plain());
    }

    @Test
    void a_chunk_longer_than_the_protocol_allows_is_refused() {
        byte[] sealed = chunkThatSays(PlainGreeting.MAX_CHUNK + 1, 0);
        assertThatThrownBy(() -> opener(AES).open(Unpooled.wrappedBuffer(sealed), out))
                .hasMessageContaining("16384");
    }

    @Test
    void an_empty_chunk_is_nothing() throws Exception {
        StreamOpener opener = opener(AES);
        opener.open(Unpooled.wrappedBuffer(chunkThatSays(0, 0)), out);
        assertThat(out.isReadable()).isFalse();
        assertThat(opener.atBoundary()).isTrue();
    }

    @Test
    void random_cuts_of_a_long_stream_give_it_back() throws Exception {
        Random random = new Random(7);
        StreamSealer sealer =
                new StreamSealer(new PlainGreeting(Vectors.key(AES), new SaltFilter(), Vectors.salt(AES)));
        ByteBuf sealed = Unpooled.buffer();
        ByteBuf plain = Unpooled.buffer();
        for (int i = 0; i < 60; i++) {
            byte[] piece = new byte[1 + random.nextInt(random.nextBoolean() ? 20 : 50_000)];
            random.nextBytes(piece);
            plain.writeBytes(piece);
            sealer.seal(Unpooled.wrappedBuffer(piece), sealed);
        }
        StreamOpener opener = opener(AES);
        ByteBuf opened = Unpooled.buffer();
        while (sealed.isReadable()) {
            ByteBuf cut = sealed.readSlice(Math.min(sealed.readableBytes(), 1 + random.nextInt(70_000)));
            ByteBuf part = Unpooled.buffer(opener.openedBytes(cut.readableBytes()));
            int room = part.capacity();
            opener.open(cut, part);
            assertThat(part.capacity()).isEqualTo(room);
            opened.writeBytes(part);
        }
        assertThat(opened).isEqualTo(plain);
        assertThat(opener.atBoundary()).isTrue();
    }

    private static byte[] chunkThatSays(int length, int payload) {
        byte[] salt = Vectors.salt(AES);
        AeadCipher cipher = new AeadCipher(Vectors.key(AES), salt);
        byte[] bytes = new byte[2 + 16 + payload + 16];
        bytes[0] = (byte) (length >> 8);
        bytes[1] = (byte) length;
        cipher.seal(bytes, 0, 2);
        cipher.seal(bytes, 18, payload);
        byte[] all = Arrays.copyOf(salt, salt.length + bytes.length);
        System.arraycopy(bytes, 0, all, salt.length, bytes.length);
        return all;
    }

    private static StreamOpener opener(Method method) {
        return new StreamOpener(new PlainGreeting(Vectors.key(method), new SaltFilter()));
    }

    private static byte[] plain() {
        ByteBuf plain = Unpooled.buffer();
        SocksAddress.write(Destination.parse("example.com:443"), plain);
        plain.writeBytes("hello".getBytes(US_ASCII)).writeBytes(Vectors.pattern(300));
        return ByteBufUtil.getBytes(plain);
    }
}

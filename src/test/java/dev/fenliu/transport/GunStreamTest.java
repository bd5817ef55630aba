package dev.fenliu.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GunStreamTest {
    private static final class Above extends ChannelInboundHandlerAdapter {
        private final StringBuilder seen = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            assertThat(bytes.isReadable()).isTrue();
            seen.append(bytes.toString(US_ASCII));
            bytes.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            seen.append(cause instanceof GarbageException ? "bad" : cause);
        }
    }

    private final Above above = new Above();
    private final EmbeddedChannel server = new EmbeddedChannel(new GunStream(false), above);

    /** A message, an empty one, one with several fields of which one is empty, and one whose length takes more digits. */
    @Test
    void messages_are_read_however_they_are_cut() {
        byte[] messages = ByteBufUtil.decodeHexDump("00000000070a0548656c6c6f" + "0000000000" + "000000000a" + "0a012c"
                + "0a00" + "0a03202121" + "0000000005" + "0a81800021");
        for (int cut = 0; cut <= messages.length; cut++) {
            Above seen = new Above();
            EmbeddedChannel channel = new EmbeddedChannel(new GunStream(false), seen);
            channel.writeInbound(Unpooled.copiedBuffer(messages, 0, cut));
            channel.writeInbound(Unpooled.copiedBuffer(messages, cut, messages.length - cut));
            assertThat(seen.seen).hasToString("Hello, !!!");
        }
        for (byte b : messages) {
            server.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }
        assertThat(above.seen).hasToString("Hello, !!!");
    }

    /** Compressed; another field; a length beyond the message, or without an end; no length at all. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000003",
                "0000000003" + "12",
                "0000000003" + "0a02",
                "0000000006" + "0a8080808080",
                "0000000003" + "0a80" + "80",
                "0000000001",
                "0000000004" + "0a01" + "41" + "0a"
            })
    void what_is_no_message_breaks_the_stream(String bytes) {
        receive("00000000030a0141" + bytes);
        assertThat(above.seen.toString()).startsWith("A").endsWith("bad");
        int before = above.seen.length();
        receive("00000000030a0141");
        assertThat(above.seen).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 127, 128, 4096, 4097, 16_383, 16_384, 1_000_003})
    void what_one_end_writes_the_other_reads(int length) {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        EmbeddedChannel client = new EmbeddedChannel(new GunStream(true));
        client.write(Unpooled.copiedBuffer(payload, 0, length / 3));
        client.write(Unpooled.copiedBuffer(payload, length / 3, length - length / 3));
        client.flush();
        EmbeddedChannel to = new EmbeddedChannel(new GunStream(false));
        for (ByteBuf sent; (sent = client.readOutbound()) != null; ) {
            to.writeInbound(sent);
        }
        ByteBuf got = Unpooled.buffer();
        for (ByteBuf piece; (piece = to.readInbound()) != null; ) {
            got.writeBytes(piece);
            piece.release();
        }
        assertThat(ByteBufUtil.getBytes(got)).isEqualTo(payload);
    }

    @Test
    void a_flush_is_one_message_and_the_end_of_a_server_says_that_all_is_well() {
        server.write(Unpooled.copiedBuffer("Hel", US_ASCII));
        server.write(Unpooled.copiedBuffer("lo", US_ASCII));
        server.writeAndFlush(EndOfStream.INSTANCE);
        ByteBuf message = server.readOutbound();
        assertThat(ByteBufUtil.hexDump(message)).isEqualTo("00000000070a0548656c6c6f");
        message.release();
        Http2HeadersFrame trailers = server.readOutbound();
        assertThat(trailers.isEndStream()).isTrue();
        assertThat(trailers.headers().get("grpc-status")).hasToString("0");
        server.close();
        assertThat(server.<Object>readOutbound()).isNull();
    }

    @Test
    void a_server_that_closes_says_so_too() {
        server.close();
        assertThat(server.<Http2HeadersFrame>readOutbound().isEndStream()).isTrue();
    }

    @Test
    void the_end_of_a_client_is_that_of_its_request() {
        EmbeddedChannel client = new EmbeddedChannel(new GunStream(true));
        client.writeAndFlush(EndOfStream.INSTANCE);
        assertThat(client.<Object>readOutbound()).isSameAs(EndOfStream.INSTANCE);
    }

    private void receive(String hex) {
        server.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
    }
}

package dev.fenliu.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.TruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketStreamTest {
    private static final class Above extends ChannelInboundHandlerAdapter {
        private final StringBuilder seen = new StringBuilder();

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            assertThat(bytes.isReadable()).isTrue();
            seen.append(bytes.toString(US_ASCII));
            bytes.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            seen.append(event == ChannelInputShutdownEvent.INSTANCE ? "|" : "?");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            seen.append(
                    cause instanceof TruncatedException ? "cut" : cause instanceof GarbageException ? "bad" : cause);
        }
    }

    private final Above above = new Above();
    private final EmbeddedChannel client = new EmbeddedChannel(new WebSocketStream(true), above);
    private final EmbeddedChannel server = new EmbeddedChannel(new WebSocketStream(false), above);

    /** The examples of RFC 6455 section 5.7, text taken for what it is: bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"818537fa213d7f9f4d5158", "828537fa213d7f9f4d5158", "010348656c80026c6f", "810548656c6c6f"})
    void frames_of_the_specification_are_read(String frame) {
        boolean masked = frame.contains("37fa213d");
        receive(masked ? server : client, frame);
        assertThat(above.seen).hasToString("Hello");
    }

    @Test
    void frames_are_read_however_they_are_cut() {
        byte[] frames = ByteBufUtil.decodeHexDump(
                "828537fa213d7f9f4d5158" + "898537fa213d7f9f4d5158" + "80fe000537fa213d7f9f4d5158" + "8282000000002121"
                        + "828000000000" + "82ff000000000000000137fa213d16" + "888037fa213d");
        for (int cut = 0; cut < frames.length; cut++) {
            Above seen = new Above();
            EmbeddedChannel channel = new EmbeddedChannel(new WebSocketStream(false), seen);
            channel.writeInbound(Unpooled.copiedBuffer(frames, 0, cut));
            channel.writeInbound(Unpooled.copiedBuffer(frames, cut, frames.length - cut));
            assertThat(seen.seen).hasToString("HelloHello!!!|");
            assertThat(hex(channel)).isEqualTo("8a0548656c6c6f"); // the ping, answered
        }
        EmbeddedChannel channel = new EmbeddedChannel(new WebSocketStream(false), above);
        for (byte b : frames) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }
        assertThat(above.seen).hasToString("HelloHello!!!|");
        channel.releaseOutbound();
    }

    /** Unmasked, reserved bits, unknown opcodes, control frames that are long or in pieces, a length below zero. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "8205",
                "c285",
                "a285",
                "9285",
                "8385",
                "8b80",
                "0980",
                "89fe",
                "88fe007e",
                "82ff8000000000000000000000ff"
            })
    void what_is_no_frame_breaks_the_stream_at_once(String frame) {
        receive(server, "828100000000" + "41" + frame);
        assertThat(above.seen).hasToString("Abad");
        receive(server, "828100000000" + "42");
        assertThat(above.seen).hasToString("Abad");
    }

    @Test
    void a_client_takes_no_masked_frame() {
        receive(client, "828537fa213d7f9f4d5158");
        assertThat(above.seen).hasToString("bad");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 125, 126, 4096, 4097, 65_535, 65_536, 1_000_003})
    void what_one_end_writes_the_other_reads(int length) {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        for (boolean masked : new boolean[] {true, false}) {
            ByteBuf got = Unpooled.buffer();
            EmbeddedChannel from = masked ? client : server;
            EmbeddedChannel to = new EmbeddedChannel(new WebSocketStream(!masked));
            ChannelFuture first = from.write(Unpooled.copiedBuffer(payload, 0, length / 3));
            from.write(Unpooled.copiedBuffer(payload, length / 3, length - length / 3));
            ChannelFuture flushed = from.write(Unpooled.EMPTY_BUFFER);
            from.flush();
            assertThat(first.isSuccess() && flushed.isSuccess()).isTrue();
            for (ByteBuf sent; (sent = from.readOutbound()) != null; ) {
                to.writeInbound(sent);
            }
            for (ByteBuf piece; (piece = to.readInbound()) != null; ) {
                got.writeBytes(piece);
                piece.release();
            }
            assertThat(ByteBufUtil.getBytes(got)).isEqualTo(payload);
        }
    }

    @Test
    void a_flush_is_one_message() {
        server.write(Unpooled.copiedBuffer("Hel", US_ASCII));
        server.write(Unpooled.copiedBuffer("lo", US_ASCII));
        server.flush();
        assertThat(hex(server)).isEqualTo("820548656c6c6f");
    }

    @Test
    void bytes_that_others_hold_are_not_changed_by_masking() {
        ByteBuf shared = Unpooled.copiedBuffer("x".repeat(5000), US_ASCII);
        client.writeOutbound(shared.retainedDuplicate());
        client.writeOutbound(shared.asReadOnly().retain());
        assertThat(shared.toString(US_ASCII)).isEqualTo("x".repeat(5000));
        client.releaseOutbound();
        assertThat(shared.refCnt()).isEqualTo(1);
        shared.release();
    }

    @Test
    void the_end_of_a_stream_is_a_pong_and_a_server_closes_a_second_later() {
        server.freezeTime();
        server.write(Unpooled.copiedBuffer("Hello", US_ASCII));
        server.writeAndFlush(EndOfStream.INSTANCE);
        String said = hex(server);
        assertThat(said).isEqualTo("820548656c6c6f" + "8a03656e64");
        receive(client, said);
        assertThat(above.seen).hasToString("Hello|");
        server.advanceTimeBy(1, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
        String closed = hex(server);
        assertThat(closed).isEqualTo("880203e8");
        receive(client, closed);
        assertThat(above.seen).hasToString("Hello|");

        client.writeAndFlush(EndOfStream.INSTANCE);
        String end = hex(client);
        assertThat(end).startsWith("8a83");
        receive(server, end);
        assertThat(above.seen).hasToString("Hello||");
        receive(server, end + "828100000000" + "41");
        assertThat(above.seen).hasToString("Hello||");

        client.close();
        assertThat(hex(client)).startsWith("8882");
        server.close();
        assertThat(hex(server)).isEmpty(); // it has said so
    }

    @Test
    void a_server_that_closes_does_not_wait() {
        server.writeAndFlush(EndOfStream.INSTANCE);
        server.close();
        assertThat(hex(server)).isEqualTo("8a03656e64" + "880203e8");
    }

    @Test
    void pongs_of_others_mean_nothing() {
        receive(server, "8a8000000000" + "8a8100000000" + "41" + "828100000000" + "41");
        receive(client, "8a03656e65" + "820142");
        assertThat(above.seen).hasToString("AB");
    }

    @Test
    void a_connection_that_ends_without_a_close_was_cut() {
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.seen).hasToString("cut");
        receive(server, "888000000000");
        server.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.seen).hasToString("cut|");
    }

    @Test
    void nothing_is_written_after_the_end() {
        client.writeAndFlush(EndOfStream.INSTANCE);
        client.releaseOutbound();
        assertThatThrownBy(() -> client.writeOutbound(Unpooled.copiedBuffer("x", US_ASCII)));
        assertThat(client.<Object>readOutbound()).isNull();
    }

    /** Who reads by hand asks once, whatever frames come. */
    @Test
    void a_read_that_brought_no_payload_reads_on() {
        int[] reads = {0};
        EmbeddedChannel channel = new EmbeddedChannel(
                new io.netty.channel.ChannelOutboundHandlerAdapter() {
                    @Override
                    public void read(ChannelHandlerContext ctx) {
                        reads[0]++;
                    }
                },
                new WebSocketStream(false),
                above);
        channel.config().setAutoRead(false);
        reads[0] = 0;
        receive(channel, "8282000000");
        receive(channel, "00");
        assertThat(reads[0]).isEqualTo(2);
        receive(channel, "41");
        assertThat(reads[0]).isEqualTo(2);
    }

    private static void receive(EmbeddedChannel channel, String hex) {
        channel.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
    }

    private static String hex(EmbeddedChannel channel) {
        StringBuilder out = new StringBuilder();
        for (ByteBuf bytes; (bytes = channel.readOutbound()) != null; ) {
            out.append(ByteBufUtil.hexDump(bytes));
            bytes.release();
        }
        return out.toString();
    }
}

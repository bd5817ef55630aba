package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShadowsocksCodecTest {
    private static final Method METHOD = Method.AES_256_GCM;
    private static final MasterKey KEY = Vectors.key(METHOD);
    private static final Destination EXAMPLE = Destination.parse("example.com:443");

    private final Above above = new Above();
    private final Reads reads = new Reads();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final StreamOpener peer = new StreamOpener(new PlainGreeting(KEY, new SaltFilter()));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void salt_address_and_first_payload_leave_in_one_buffer_and_one_chunk() throws Exception {
        client();
        channel.writeOutbound(text("hello"));
        ByteBuf sealed = channel.readOutbound();
        assertThat(sealed.readableBytes())
                .isEqualTo(METHOD.keyBytes() + StreamSealer.CHUNK_OVERHEAD + header().length + 5);
        assertThat(opened(sealed)).isEqualTo(header("hello"));
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void the_address_leaves_alone_when_nothing_is_said_for_a_while() throws Exception {
        client();
        channel.advanceTimeBy(ShadowsocksCodec.HEADER_MILLIS - 1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(opened(channel.readOutbound())).isEqualTo(header());
        channel.writeOutbound(text("hello"));
        assertThat(opened(channel.readOutbound())).isEqualTo("hello".getBytes(US_ASCII));
    }

    @Test
    void the_end_of_the_stream_follows_the_address_even_when_nothing_was_said() throws Exception {
        client();
        channel.writeOutbound(EndOfStream.INSTANCE);
        assertThat(opened(channel.readOutbound())).isEqualTo(header());
        assertThat(channel.<Object>readOutbound()).isEqualTo(EndOfStream.INSTANCE);
    }

    @Test
    void an_empty_write_says_nothing() {
        client();
        channel.writeOutbound(Unpooled.EMPTY_BUFFER);
        ByteBuf written = channel.readOutbound();
        assertThat(written.isReadable()).isFalse();
    }

    @Test
    void the_server_end_sends_no_address() throws Exception {
        server(new SaltFilter());
        channel.writeOutbound(text("answer"));
        assertThat(opened(channel.readOutbound())).isEqualTo("answer".getBytes(US_ASCII));
    }

    @Test
    void a_large_write_leaves_as_one_buffer() throws Exception {
        server(new SaltFilter());
        byte[] bytes = Vectors.pattern(40_000);
        channel.writeOutbound(Unpooled.directBuffer().writeBytes(bytes));
        assertThat(opened(channel.readOutbound())).isEqualTo(bytes);
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void what_one_read_brings_arrives_as_one_buffer() {
        server(new SaltFilter());
        channel.writeInbound(stream());
        assertThat(above.received).hasSize(1);
        assertThat(above.bytes().readableBytes()).isEqualTo(header().length + 5 + 300);
    }

    @Test
    void a_read_that_brings_no_whole_chunk_is_repeated_for_who_asked() {
        server(new SaltFilter());
        channel.config().setAutoRead(false);
        reads.count = 0;
        channel.writeInbound(stream().readBytes(METHOD.keyBytes() + 20));
        assertThat(reads.count).isEqualTo(1);
        channel.writeInbound(stream().skipBytes(METHOD.keyBytes() + 20));
        assertThat(reads.count).isEqualTo(1);
    }

    @Test
    void forged_input_is_one_failure_and_what_follows_is_swallowed() {
        server(new SaltFilter());
        ByteBuf forged = stream();
        forged.setByte(forged.writerIndex() - 1, ~forged.getByte(forged.writerIndex() - 1));
        channel.writeInbound(forged);
        channel.writeInbound(Unpooled.directBuffer().writeZero(1000));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.bytes().readableBytes()).isEqualTo(header().length + 5);
        assertThat(above.failures).singleElement().isInstanceOf(Failure.class);
    }

    @Test
    void an_end_inside_a_chunk_is_a_failure_and_no_end() {
        server(new SaltFilter());
        above.closesOnFailure = true;
        channel.writeInbound(stream().readBytes(METHOD.keyBytes() + 100));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.failures).singleElement().asString().contains("cut off");
        assertThat(above.ended).isFalse();
    }

    @Test
    void who_keeps_the_channel_open_after_that_failure_hears_of_the_end() {
        server(new SaltFilter());
        channel.writeInbound(stream().readBytes(3));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.failures).hasSize(1);
        assertThat(above.ended).isTrue();
    }

    @Test
    void an_end_between_chunks_is_an_end() {
        server(new SaltFilter());
        channel.writeInbound(stream());
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(above.failures).isEmpty();
        assertThat(above.ended).isTrue();
    }

    @Test
    void our_own_bytes_sent_back_to_us_are_refused() {
        client();
        channel.writeOutbound(text("hello"));
        channel.writeInbound((ByteBuf) channel.readOutbound());
        assertThat(above.received).isEmpty();
        assertThat(above.failures).singleElement().asString().contains("replay");
    }

    private void client() {
        install(new ShadowsocksCodec(new PlainGreeting(KEY, new SaltFilter()), Unpooled.wrappedBuffer(header())));
    }

    private void server(SaltFilter salts) {
        install(new ShadowsocksCodec(new PlainGreeting(KEY, salts), Unpooled.EMPTY_BUFFER));
    }

    private void install(ShadowsocksCodec codec) {
        channel.freezeTime();
        channel.pipeline().addLast(reads, codec, above);
    }

    private byte[] opened(ByteBuf sealed) throws Exception {
        ByteBuf out = Unpooled.buffer(peer.openedBytes(sealed.readableBytes()));
        peer.open(sealed, out);
        sealed.release();
        return ByteBufUtil.getBytes(out);
    }

    private static ByteBuf stream() {
        return Unpooled.wrappedBuffer(Vectors.bytes(METHOD, "stream"));
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    private static byte[] header(String... more) {
        ByteBuf header = Unpooled.buffer();
        SocksAddress.write(EXAMPLE, header);
        for (String text : more) {
            header.writeBytes(text.getBytes(US_ASCII));
        }
        return ByteBufUtil.getBytes(header);
    }

    private static final class Above extends ChannelInboundHandlerAdapter {
        private final List<ByteBuf> received = new ArrayList<>();
        private final List<Throwable> failures = new ArrayList<>();
        private boolean ended;
        private boolean closesOnFailure;

        ByteBuf bytes() {
            return Unpooled.wrappedBuffer(received.toArray(new ByteBuf[0]));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            received.add((ByteBuf) msg);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ended |= event == ChannelInputShutdownEvent.INSTANCE;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failures.add(cause);
            if (closesOnFailure) {
                ctx.close();
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            received.forEach(ByteBuf::release);
        }
    }

    private static final class Reads extends ChannelOutboundHandlerAdapter {
        private int count;

        @Override
        public void read(ChannelHandlerContext ctx) {
            count++;
            ctx.read();
        }
    }
}

package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeftoverTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> seen = new ArrayList<>();
    private int reads;

    @BeforeEach
    void watch_reads() {
        channel.config().setAutoRead(false);
        channel.pipeline().addLast("bottom", new io.netty.channel.ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads++;
                ctx.read();
            }
        });
        channel.pipeline().addLast("handshake", new ChannelInboundHandlerAdapter());
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void leave(String bytes) {
        Leftover.replace(channel.pipeline().context("handshake"), bytes(bytes));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    private void take() {
        channel.pipeline().addLast("taker", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                seen.add(((ByteBuf) message).toString(US_ASCII));
                ((ByteBuf) message).release();
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                seen.add("complete");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                seen.add(event == ChannelInputShutdownEvent.INSTANCE ? "end" : "event");
            }
        });
    }

    @Test
    void hands_over_what_is_left_at_the_first_read_and_goes() {
        leave("left");
        take();
        assertThat(seen).isEmpty();
        channel.read();
        assertThat(seen).containsExactly("left", "complete");
        assertThat(reads).as("the held bytes answer this demand").isZero();
        assertThat(channel.pipeline().get(Leftover.class)).isNull();
        channel.read();
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void with_nothing_left_the_first_read_goes_through() {
        leave("");
        take();
        channel.read();
        assertThat(seen).isEmpty();
        assertThat(reads).isEqualTo(1);
        assertThat(channel.pipeline().get(Leftover.class)).isNull();
    }

    @Test
    void keeps_what_arrives_before_anybody_reads_and_the_end_of_input_in_order() {
        leave("one");
        channel.writeInbound(bytes("two"));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        take();
        channel.read();
        assertThat(seen).containsExactly("one", "two", "complete", "end");
    }

    @Test
    void an_end_of_input_alone_is_kept_too() {
        leave("");
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        take();
        channel.read();
        assertThat(seen).containsExactly("end");
    }

    @Test
    void a_relay_that_reads_on_its_own_goes_on_reading() {
        leave("left");
        take();
        channel.config().setAutoRead(true);
        assertThat(seen).containsExactly("left", "complete");
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void a_second_handshake_on_top_can_ask_for_more_while_it_gets_what_is_left() {
        leave("left");
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ((ByteBuf) message).release();
                ctx.read();
            }
        });
        channel.read();
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void a_reset_closes_the_channel() {
        leave("left");
        channel.pipeline().fireExceptionCaught(new IOException("reset"));
        channel.checkException();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void what_nobody_took_is_released_with_the_channel() {
        ByteBuf left = bytes("left");
        Leftover.replace(channel.pipeline().context("handshake"), left);
        channel.close();
        assertThat(left.refCnt()).isZero();
    }
}

package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BurstsTest {
    private final Bursts bursts = new Bursts();
    private final EmbeddedChannel socket = new EmbeddedChannel(bursts);
    private final List<String> seen = new ArrayList<>();
    private final EmbeddedChannel stream = new EmbeddedChannel();

    BurstsTest() {
        stream.config().setAutoRead(false);
        stream.pipeline()
                .addLast(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void read(ChannelHandlerContext ctx) {
                        seen.add("asked");
                        ctx.read();
                    }
                })
                .addLast(bursts.stream())
                .addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        seen.add(String.valueOf(msg));
                    }

                    @Override
                    public void channelReadComplete(ChannelHandlerContext ctx) {
                        seen.add("complete");
                        ctx.read();
                    }
                });
    }

    @AfterEach
    void close() {
        socket.finishAndReleaseAll();
        stream.finishAndReleaseAll();
    }

    private void brings(String payload) {
        stream.pipeline().fireChannelRead(payload);
        stream.pipeline().fireChannelReadComplete();
    }

    @Test
    void what_a_burst_brings_is_complete_once_and_at_its_end() {
        socket.pipeline().fireChannelRead("a packet");
        brings("one");
        stream.read();
        socket.pipeline().fireChannelRead("another packet");
        brings("two");
        assertThat(seen).containsExactly("one", "two");
        socket.pipeline().fireChannelReadComplete();
        assertThat(seen).containsExactly("one", "two", "asked", "complete", "asked");
    }

    @Test
    void what_comes_between_bursts_waits_for_none() {
        stream.read();
        brings("one");
        assertThat(seen).containsExactly("asked", "one", "complete", "asked");
    }

    @Test
    void a_burst_without_a_stream_asks_none() {
        socket.pipeline().fireChannelRead("a packet");
        socket.pipeline().fireChannelReadComplete();
        assertThat(seen).isEmpty();
    }

    @Test
    void a_burst_that_is_taken_away_has_ended() {
        socket.pipeline().fireChannelRead("a packet");
        brings("one");
        socket.pipeline().remove(bursts);
        assertThat(seen).containsExactly("one", "complete", "asked");
    }

    @Test
    void a_stream_that_is_gone_is_left_alone() {
        socket.pipeline().fireChannelRead("a packet");
        brings("one");
        stream.close();
        socket.pipeline().fireChannelReadComplete();
        assertThat(seen).containsExactly("one");
    }
}

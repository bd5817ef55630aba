package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each side is told in which order of events; a socket that takes no more is an {@link End} that is full. */
class RelayOrderTest {
    private final End client = new End();
    private final End upstream = new End();
    private Relay relay;
    private Future<Relay.Totals> ended;

    /** A socket and what the relay does to it. */
    private static final class End extends ChannelOutboundHandlerAdapter {
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final List<String> told = new ArrayList<>();
        private boolean full;

        End() {
            channel.pipeline().addLast(this);
            channel.freezeTime();
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message == EndOfStream.INSTANCE) {
                ctx.write(Unpooled.EMPTY_BUFFER, promise).addListener(out -> told.add("end"));
                flush(ctx);
            } else {
                ctx.write(message, promise);
            }
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            if (!full) {
                ctx.flush();
            }
        }

        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
            if (channel.isOpen()) {
                told.add("close");
            }
            ctx.close(promise);
        }

        void sends(String text) {
            channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
        }

        void ends() {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }

        /** A reset that a read or a write met; Netty tells of the end of the input after it. */
        void breaks() {
            channel.pipeline().fireExceptionCaught(new IOException("reset by peer"));
            ends();
        }

        /** A reset of which nothing above the socket is told but the end. */
        void vanishes() {
            channel.unsafe().close(channel.voidPromise());
        }

        void drains() {
            full = false;
            channel.flush();
        }

        String got() {
            StringBuilder all = new StringBuilder();
            for (ByteBuf bytes; (bytes = channel.readOutbound()) != null; bytes.release()) {
                all.append(bytes.toString(US_ASCII));
            }
            return all.toString();
        }

        /** Reset means: closed without a close that handlers below could make an orderly one. */
        void assertReset() {
            assertThat(channel.isOpen()).isFalse();
            assertThat(told).doesNotContain("close");
        }

        void assertWhole(String text) {
            assertThat(got()).isEqualTo(text);
            assertThat(told).contains("close");
            assertThat(channel.isOpen()).isFalse();
        }
    }

    @BeforeEach
    void join() {
        relay = Relay.hold(client.channel);
        ended = relay.join(upstream.channel);
    }

    @AfterEach
    void release() {
        for (Channel channel : List.of(client.channel, upstream.channel)) {
            ((EmbeddedChannel) channel).finishAndReleaseAll();
        }
    }

    private void assertEnd(Relay.End how) {
        assertThat(ended.isSuccess()).isTrue();
        assertThat(ended.getNow().end()).isEqualTo(how);
    }

    private void pass(long seconds) {
        client.channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        client.channel.runScheduledPendingTasks();
    }

    @Test
    void both_ends_close_both_sides_after_what_is_pending() {
        client.sends("question");
        client.ends();
        client.full = true;
        upstream.sends("answer");
        upstream.ends();
        assertThat(client.channel.isOpen()).isTrue();
        client.drains();
        client.assertWhole("answer");
        upstream.assertWhole("question");
        assertEnd(Relay.End.DONE);
    }

    @Test
    void a_side_that_vanishes_before_its_end_resets_the_other() {
        client.sends("ques");
        upstream.sends("ans");
        upstream.vanishes();
        client.assertReset();
        assertEnd(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void an_end_of_one_side_does_not_make_the_other_whole() {
        client.sends("question");
        client.ends();
        upstream.sends("ans");
        upstream.breaks();
        client.assertReset();
        assertThat(client.told).doesNotContain("end");
        assertEnd(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void an_error_is_no_end_although_netty_tells_of_one_after_it() {
        client.sends("half a ques");
        client.breaks();
        assertThat(upstream.told).isEmpty();
        upstream.assertReset();
        client.assertReset();
        assertEnd(Relay.End.CLIENT_RESET);
    }

    @Test
    void a_client_that_ended_and_is_gone_has_still_sent_all() {
        upstream.full = true;
        client.sends("a letter");
        client.ends();
        upstream.sends("thanks"); // meets a closed socket
        client.breaks();
        assertThat(upstream.channel.isOpen()).isTrue();
        upstream.drains();
        upstream.assertWhole("a letter");
        assertEnd(Relay.End.CLIENT_RESET);
    }

    @Test
    void a_client_that_ended_and_is_reset_is_a_reset_for_an_upstream_that_has_all() {
        client.sends("question");
        client.ends();
        client.breaks();
        upstream.assertReset();
        assertThat(upstream.got()).isEqualTo("question");
        assertEnd(Relay.End.CLIENT_RESET);
    }

    @Test
    void an_answer_that_ended_reaches_a_client_whose_upload_broke() {
        client.full = true;
        client.sends("half a let");
        upstream.sends("too long");
        upstream.ends();
        upstream.vanishes();
        client.drains();
        client.assertWhole("too long");
        assertEnd(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void a_close_after_both_ends_leaves_the_other_side_its_pending_bytes() {
        client.full = true;
        upstream.sends("answer");
        upstream.ends();
        client.ends();
        upstream.vanishes();
        client.drains();
        client.assertWhole("answer");
        assertEnd(Relay.End.DONE);
    }

    @Test
    void an_answer_that_does_not_come_is_not_taken_for_a_whole_one() {
        client.sends("question");
        client.ends();
        pass(Relay.HALF_CLOSED_SECONDS);
        client.assertReset();
        upstream.assertWhole("question");
        assertEnd(Relay.End.STALLED);
    }

    @Test
    void a_side_that_has_all_is_closed_in_order_when_the_other_stands_still() {
        upstream.sends("answer");
        upstream.ends();
        pass(Relay.HALF_CLOSED_SECONDS);
        client.assertWhole("answer");
        upstream.assertReset();
        assertEnd(Relay.End.STALLED);
    }

    @Test
    void a_reader_that_reads_no_more_does_not_keep_the_flow() {
        client.full = true;
        upstream.sends("answer");
        upstream.ends();
        client.ends();
        pass(Relay.HALF_CLOSED_SECONDS);
        pass(Relay.HALF_CLOSED_SECONDS);
        client.assertReset();
        assertEnd(Relay.End.STALLED);
    }

    /** Or thousands of short flows a second would be kept for that long after their ends. */
    @Test
    void a_flow_that_has_ended_is_watched_no_more() {
        client.sends("question");
        client.ends();
        assertThat(client.channel.runScheduledPendingTasks()).isPositive();
        upstream.sends("answer");
        upstream.ends();
        assertEnd(Relay.End.DONE);
        assertThat(client.channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void a_slow_reader_is_given_time_as_long_as_it_reads() {
        client.sends("question");
        client.ends();
        client.full = true;
        upstream.sends("ans");
        upstream.sends("wer");
        pass(Relay.HALF_CLOSED_SECONDS - 1);
        client.drains();
        client.full = true;
        pass(1);
        assertThat(client.channel.isOpen()).isTrue();
        upstream.sends("!");
        upstream.ends();
        pass(Relay.HALF_CLOSED_SECONDS - 1);
        client.drains();
        client.assertWhole("answer!");
        assertEnd(Relay.End.DONE);
    }

    @Test
    void what_came_before_an_upstream_was_there_goes_to_it_and_so_does_the_end() {
        End early = new End();
        End late = new End();
        Relay held = Relay.hold(early.channel);
        early.sends("question");
        early.ends();
        held.join(late.channel);
        late.sends("answer");
        late.ends();
        late.assertWhole("question");
        early.assertWhole("answer");
    }

    @Test
    void a_client_that_is_gone_before_an_upstream_is_there_has_said_nothing_whole() {
        End early = new End();
        End late = new End();
        Relay held = Relay.hold(early.channel);
        early.sends("question");
        early.ends();
        early.vanishes();
        early.channel.runPendingTasks();
        held.join(late.channel);
        late.assertReset();
        assertThat(late.told).doesNotContain("end");
    }

    @Test
    void a_close_by_us_resets_both() {
        client.sends("half a ques");
        upstream.full = true;
        relay.close();
        client.assertReset();
        upstream.assertReset();
        assertEnd(Relay.End.CLOSED);
    }

    @Test
    void what_is_pending_on_a_dead_side_is_dropped() {
        upstream.full = true;
        client.sends("lost");
        upstream.vanishes();
        client.assertReset();
        assertThat(upstream.got()).isEmpty();
        assertEnd(Relay.End.UPSTREAM_RESET);
    }
}

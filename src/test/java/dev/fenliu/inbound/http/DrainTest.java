package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DrainTest {
    /** A socket whose client takes what was written when the test says so. */
    private static final class Slow extends ChannelOutboundHandlerAdapter {
        private @Nullable ChannelPromise end;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message == EndOfStream.INSTANCE) {
                end = promise;
            } else {
                ctx.write(message, promise);
            }
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            // not yet
        }

        void takes() {
            if (end != null) {
                end.setSuccess();
            }
        }
    }

    private final Slow socket = new Slow();
    private final EmbeddedChannel client = new EmbeddedChannel(socket);

    @BeforeEach
    void start() {
        client.freezeTime();
        client.write(Unpooled.buffer(100).writeZero(100));
        Drain.start(client);
    }

    @AfterEach
    void end() {
        client.finishAndReleaseAll();
    }

    private void pass(int seconds) {
        client.advanceTimeBy(seconds, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
    }

    @Test
    void a_client_slow_to_take_the_last_answer_gets_all_of_it() {
        pass(59);
        assertThat(client.isOpen()).isTrue();
        client.write(Unpooled.buffer(1).writeByte(0)); // what is left is not what it was
        pass(59);
        assertThat(client.isOpen()).isTrue();
        socket.takes();
        pass(4);
        assertThat(client.isOpen()).isTrue();
        pass(1);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void a_client_that_takes_nothing_is_closed_in_the_end() {
        pass(60);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void a_client_that_ends_its_stream_first_gets_the_whole_answer_too() {
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(client.isOpen()).isTrue();
        socket.takes();
        client.runPendingTasks();
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void what_a_client_still_sends_is_thrown_away() {
        client.writeInbound(Unpooled.buffer(10).writeZero(10));
        assertThat(client.<Object>readInbound()).isNull();
        socket.takes();
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(client.isOpen()).isFalse();
    }
}

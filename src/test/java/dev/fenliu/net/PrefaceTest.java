package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrefaceTest {
    private final ByteBuf request = Unpooled.copiedBuffer("request", US_ASCII);
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void install() {
        channel.freezeTime();
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(Preface.request(request));
    }

    @Test
    void the_request_leaves_with_the_first_payload_and_not_before() {
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.write(Unpooled.copiedBuffer("payload", US_ASCII));
        assertThat(channel.outboundMessages()).isEmpty(); // both wait for one flush
        channel.flush();
        assertThat(texts()).isEqualTo("request payload");
        channel.writeAndFlush(Unpooled.copiedBuffer("more", US_ASCII));
        assertThat(texts()).isEqualTo("more");
        assertThat(channel.pipeline().get(Preface.class)).isNull();
    }

    @Test
    void it_leaves_alone_soon_after_somebody_wants_to_read() {
        channel.advanceTimeBy(1, TimeUnit.MINUTES);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.read();
        channel.advanceTimeBy(49, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.read();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(texts()).isEqualTo("request");
    }

    @Test
    void payload_that_comes_in_time_stops_the_clock() {
        channel.read();
        channel.writeAndFlush(Unpooled.copiedBuffer("payload", US_ASCII));
        assertThat(texts()).isEqualTo("request payload");
        channel.advanceTimeBy(1, TimeUnit.MINUTES);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void it_goes_before_an_end_without_payload() {
        channel.writeAndFlush(EndOfStream.INSTANCE);
        assertThat(texts()).isEqualTo("request INSTANCE");
    }

    @Test
    void a_client_that_goes_without_a_word_asks_for_nothing() {
        channel.read();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER); // as the relay does before it closes
        assertThat(texts()).isEqualTo("");
        channel.close();
        channel.advanceTimeBy(1, TimeUnit.MINUTES);
        channel.runScheduledPendingTasks();
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(request.refCnt()).isZero();
    }

    private String texts() {
        StringBuilder all = new StringBuilder();
        for (Object message; (message = channel.readOutbound()) != null; ) {
            all.append(all.isEmpty() ? "" : " ");
            all.append(message instanceof ByteBuf bytes ? bytes.toString(US_ASCII) : message);
            io.netty.util.ReferenceCountUtil.release(message);
        }
        return all.toString();
    }
}

package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClientHandshakeTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Promise<Channel> result = channel.eventLoop().newPromise();
    private int greeted;

    /** Says hello, wants "ok", says "go", wants "yes". */
    private static final class Polite implements Negotiation {
        private boolean asked;

        @Override
        public Stage begin(ByteBuf out) {
            ByteBufUtil.writeAscii(out, "hello");
            return Stage.GREETING;
        }

        @Override
        public Stage proceed(ByteBuf in, ByteBuf out) throws Failure {
            if (in.isReadable() && in.getByte(in.readerIndex()) == '!') {
                throw new IllegalStateException("a bug");
            }
            if (!asked && in.readableBytes() >= 2) {
                if (!in.readCharSequence(2, US_ASCII).toString().equals("ok")) {
                    throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "rude");
                }
                ByteBufUtil.writeAscii(out, "go");
                asked = true;
            }
            if (asked && in.readableBytes() >= 3) {
                in.skipBytes(3);
                return Stage.DONE;
            }
            return asked ? Stage.ASKING : Stage.GREETING;
        }

        @Override
        public Failure ended() {
            return new Failure(Failure.Kind.TUNNEL_DOWN, "gone");
        }
    }

    @BeforeEach
    void start() {
        channel.config().setAutoRead(false);
        ClientHandshake.start(channel, new Polite(), result, () -> greeted++);
        assertThat(written()).isEqualTo("hello");
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private String written() {
        ByteBuf bytes = channel.readOutbound();
        try {
            return bytes == null ? "" : bytes.toString(US_ASCII);
        } finally {
            if (bytes != null) {
                bytes.release();
            }
        }
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
    }

    private void failed(Failure.Kind kind, String text) {
        assertThat(result.cause()).isInstanceOf(Failure.class);
        assertThat(((Failure) result.cause()).kind()).isEqualTo(kind);
        assertThat(result.cause()).hasMessageContaining(text);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void carries_the_negotiation_out_and_leaves_the_payload_for_the_next() {
        receive("o");
        receive("k");
        assertThat(written()).isEqualTo("go");
        assertThat(greeted).isEqualTo(1);
        receive("yespay");
        assertThat(result.isSuccess()).isTrue();
        receive("load");
        assertThat(channel.inboundMessages()).isEmpty();
        channel.read();
        assertThat(((ByteBuf) channel.readInbound()).toString(US_ASCII)).isEqualTo("pay");
        assertThat(((ByteBuf) channel.readInbound()).toString(US_ASCII)).isEqualTo("load");
        assertThat(channel.pipeline().get(ClientHandshake.class)).isNull();
        assertThat(channel.pipeline().get(Leftover.class)).isNull();
        assertThat(greeted).isEqualTo(1);
    }

    @Test
    void a_refusal_fails_the_future_and_closes() {
        receive("no way");
        failed(Failure.Kind.TUNNEL_PROTOCOL, "rude");
        assertThat(greeted).isZero();
    }

    @Test
    void an_early_end_of_input_is_what_the_negotiation_makes_of_it() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        failed(Failure.Kind.TUNNEL_DOWN, "gone");
    }

    @Test
    void so_is_a_reset() {
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        failed(Failure.Kind.TUNNEL_DOWN, "gone");
    }

    @Test
    void and_a_close() {
        channel.close();
        failed(Failure.Kind.TUNNEL_DOWN, "gone");
    }

    @Test
    void a_bug_in_a_negotiation_fails_the_flow_and_nothing_else() {
        receive("!");
        failed(Failure.Kind.INTERNAL, "a bug");
    }

    @Test
    void whoever_cancels_closes_the_channel() {
        receive("ok");
        result.cancel(false);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void is_not_even_begun_when_it_is_too_late() {
        EmbeddedChannel late = new EmbeddedChannel();
        ClientHandshake.start(late, new Polite(), result.setFailure(new Failure(Failure.Kind.TIMEOUT, "")), () -> {});
        assertThat(late.isOpen()).isFalse();
        assertThat(late.outboundMessages()).isEmpty();
    }
}

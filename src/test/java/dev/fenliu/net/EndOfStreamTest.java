package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EndOfStreamTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<Object> seen = new ArrayList<>();

    private SslHandler tls() throws Exception {
        SslContext context =
                SslContextBuilder.forClient().sslProvider(SslProvider.JDK).build();
        return context.newHandler(channel.alloc());
    }

    private void watch() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                seen.add(event);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                seen.add(cause);
            }
        });
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void a_close_notify_of_the_peer_is_the_end_of_input() throws Exception {
        SslHandler tls = tls();
        channel.pipeline().addLast(tls, new EndOfStream.ToCloseNotify(tls, true));
        watch();
        channel.pipeline().context(SslHandler.class).fireUserEventTriggered(SslCloseCompletionEvent.SUCCESS);
        channel.pipeline().context(SslHandler.class).fireUserEventTriggered("other");
        assertThat(seen).containsExactly(ChannelInputShutdownEvent.INSTANCE, "other");
    }

    @Test
    void an_error_before_the_end_of_the_handshake_is_left_to_its_future() throws Exception {
        SslHandler tls = tls();
        channel.pipeline().addLast(tls, new EndOfStream.ToCloseNotify(tls, true));
        watch();
        channel.pipeline().context(SslHandler.class).fireExceptionCaught(new IOException("no certificate"));
        assertThat(seen).isEmpty();
    }
}

package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.net.Dialer;
import dev.fenliu.tunnel.RelayingHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a listener without a site bears with strangers. */
class ServerHandshakeTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "0123456789abcdef", "GET / HTTP/1.1\r\n\r\n"})
    void silence_lasts_between_30_and_90_seconds_whatever_was_sent(String text) {
        EmbeddedChannel channel = channel();
        channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
        channel.advanceTimeBy(29, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.writeInbound(Unpooled.copiedBuffer("more", US_ASCII));
        channel.advanceTimeBy(62, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void a_stranger_that_ends_is_closed_without_a_word() {
        EmbeddedChannel channel = channel();
        channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", US_ASCII));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void what_a_stranger_sends_is_not_kept() {
        EmbeddedChannel channel = channel();
        for (int i = 0; i < 100; i++) {
            ByteBuf bytes = Unpooled.buffer().writeZero(10_000);
            channel.writeInbound(bytes);
            assertThat(bytes.refCnt()).isZero();
        }
        channel.close();
    }

    private static EmbeddedChannel channel() {
        ListenerSettings settings = new ListenerSettings(
                "trojan", "in", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Map.of(), false);
        Dialer nobody = dial -> {
            throw new AssertionError("nobody is dialled");
        };
        ListenerContext context = new ListenerContext(settings, new RelayingHandler(nobody), nobody);
        Accounts accounts = TrojanAcceptor.accounts(Optional.of(new Secret("x")), Map.of());
        EmbeddedChannel channel =
                new EmbeddedChannel(new Admission(context, new ClientRequest(context, accounts), Optional.empty()));
        channel.freezeTime();
        channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
        return channel;
    }
}

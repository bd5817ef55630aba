package dev.fenliu.outbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.TlsOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamTest {
    private static final Destination SERVER = Destination.parse("proxy.example:1080");
    private static final Destination ORIGIN = Destination.parse("a.example:443");

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Promise<Channel> connecting = channel.eventLoop().newPromise();
    private final Dialer dialer = dial -> {
        assertThat(dial.destination()).isEqualTo(SERVER);
        assertThat(dial.flow()).isEqualTo(7);
        return connecting;
    };
    private final Dial dial = new Dial(ORIGIN, channel.eventLoop(), 7, Dial.Guard.NONE);

    /** One byte greets, the second answers. */
    private static final class TwoBytes implements Negotiation {
        @Override
        public Stage begin(ByteBuf out) {
            return Stage.GREETING;
        }

        @Override
        public Stage proceed(ByteBuf in, ByteBuf out) throws Failure {
            if (in.getByte(in.readerIndex()) == '!') {
                throw new Failure(Failure.Kind.REFUSED, "the origin refused");
            }
            if (in.readableBytes() < 2) {
                return Stage.ASKING;
            }
            in.skipBytes(2);
            return Stage.DONE;
        }

        @Override
        public Failure ended() {
            return new Failure(Failure.Kind.TUNNEL_DOWN, "gone");
        }
    }

    @BeforeEach
    void freeze() {
        channel.config().setAutoRead(false);
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private Future<Channel> open() {
        return new Upstream("far", SERVER, dialer, Optional.empty()).open(dial, new TwoBytes());
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
    }

    private static void failed(Future<Channel> opening, Failure.Kind kind, String text) {
        assertThat(opening.cause()).isInstanceOf(Failure.class).hasMessage(text);
        assertThat(((Failure) opening.cause()).kind()).isEqualTo(kind);
    }

    @Test
    void gives_the_channel_when_all_is_negotiated() {
        Future<Channel> opening = open();
        connecting.setSuccess(channel);
        receive("1");
        receive("2");
        assertThat(opening.getNow()).isSameAs(channel);
        pass(100_000);
        assertThat(channel.isOpen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "REFUSED, TUNNEL_DOWN",
        "TIMEOUT, TUNNEL_DOWN",
        "UNRESOLVED, TUNNEL_DOWN",
        "FORBIDDEN, TUNNEL_DOWN",
        "TUNNEL_DOWN, TUNNEL_DOWN",
        "TUNNEL_CERTIFICATE, TUNNEL_CERTIFICATE",
        "TUNNEL_PROTOCOL, TUNNEL_PROTOCOL",
        "OVERLOADED, OVERLOADED",
    })
    void a_server_out_of_reach_is_a_tunnel_down(Failure.Kind cause, Failure.Kind kind) {
        Future<Channel> opening = open();
        connecting.setFailure(new Failure(cause, "10.0.0.2:1080: connection refused"));
        failed(opening, kind, "outbound \"far\": 10.0.0.2:1080: connection refused");
        assertThat(Failure.of(opening.cause()).by()).isEqualTo(new Failure(cause, "").by());
    }

    @Test
    void what_the_server_says_of_the_origin_keeps_its_kind() {
        Future<Channel> opening = open();
        connecting.setSuccess(channel);
        receive("!");
        failed(opening, Failure.Kind.REFUSED, "outbound \"far\": the origin refused");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_server_that_does_not_answer_in_time_is_down() {
        Future<Channel> opening = open();
        connecting.setSuccess(channel);
        pass(2_499);
        assertThat(opening.isDone()).isFalse();
        pass(1);
        failed(opening, Failure.Kind.TUNNEL_DOWN, "outbound \"far\": proxy.example:1080 did not answer in time");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void so_is_one_that_cannot_be_connected_in_time_and_a_late_connection_is_given_up() {
        Future<Channel> opening = open();
        pass(2_500);
        assertThat(opening.isDone()).isTrue();
        assertThat(connecting.isCancelled()).isTrue();
    }

    @Test
    void once_greeted_an_answer_may_take_longer_but_not_for_ever() {
        Future<Channel> opening = open();
        connecting.setSuccess(channel);
        receive("1");
        pass(59_999);
        assertThat(opening.isDone()).isFalse();
        pass(1);
        failed(
                opening,
                Failure.Kind.TIMEOUT,
                "outbound \"far\": a.example:443: no answer from proxy.example:1080 in time");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void tls_counts_as_part_of_the_greeting() throws Exception {
        Future<Channel> opening = new Upstream("far", SERVER, dialer, Optional.of(new ClientTls(TlsOptions.DEFAULT)))
                .open(dial, new TwoBytes());
        connecting.setSuccess(channel);
        pass(2_500);
        assertThat(((Failure) opening.cause()).kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_slow_connection_and_tls_share_the_time() throws Exception {
        Future<Channel> opening = new Upstream("far", SERVER, dialer, Optional.of(new ClientTls(TlsOptions.DEFAULT)))
                .open(dial, new TwoBytes());
        pass(2_000);
        connecting.setSuccess(channel);
        pass(499);
        assertThat(opening.isDone()).isFalse();
        pass(1);
        assertThat(((Failure) opening.cause()).kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }

    @Test
    void datagrams_are_carried_where_the_way_to_the_server_carries_them() {
        assertThat(new Upstream("far", SERVER, dialer, Optional.empty()).carried())
                .containsExactlyInAnyOrder(Transport.TCP, Transport.UDP);
        Group streams = new Group("streams", List.of(), Choice.fallback(), new Health(System::nanoTime));
        assertThat(new Upstream("far", SERVER, streams, Optional.empty()).carried())
                .isEmpty();
    }

    @Test
    void whoever_cancels_gives_up_a_dial_at_any_stage() {
        Future<Channel> opening = open();
        opening.cancel(false);
        assertThat(connecting.isCancelled()).isTrue();
    }

    @Test
    void whoever_cancels_closes_a_connection() {
        Future<Channel> opening = open();
        connecting.setSuccess(channel);
        receive("1");
        opening.cancel(false);
        assertThat(channel.isOpen()).isFalse();
    }
}

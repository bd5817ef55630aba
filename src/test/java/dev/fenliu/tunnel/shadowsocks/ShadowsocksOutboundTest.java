package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.tunnel.DirectDialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ShadowsocksOutboundTest {
    private static final Destination SERVER = Destination.parse("vps.example:8388");
    private static final Destination ORIGIN = Destination.parse("origin.example:443");

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Carrier carrier = new Carrier();
    private final Outbound outbound = new ShadowsocksType()
            .open(
                    "vps",
                    new ShadowsocksOptions(SERVER, Method.AES_128_GCM, new Secret("swordfish")),
                    new TunnelContext(carrier, (name, loop) -> {
                        throw new AssertionError("a tunnel resolves no origin");
                    }));

    ShadowsocksOutboundTest() {
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void the_server_is_dialled_and_nothing_else() {
        outbound.connect(dial());
        outbound.openPackets(dial(), LoopbackTest.into(new LinkedBlockingQueue<>()));
        assertThat(carrier.dialled).extracting(Dial::destination).containsExactly(SERVER, SERVER);
        assertThat(carrier.dialled).extracting(Dial::flow).containsExactly(7L, 7L);
    }

    @Test
    void a_server_that_does_not_answer_in_time_is_down_and_given_up() {
        Future<Channel> stream = outbound.connect(dial());
        Future<PacketTunnel> packets = outbound.openPackets(dial(), LoopbackTest.into(new LinkedBlockingQueue<>()));
        channel.advanceTimeBy(TunnelContext.SERVER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        for (Future<?> future : List.of(stream, packets)) {
            assertThat(future.cause()).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
                assertThat(failure.text()).isEqualTo("outbound \"vps\": vps.example:8388 did not answer in time");
            });
        }
        assertThat(carrier.stream.isCancelled()).isTrue();
        assertThat(carrier.packets.isCancelled()).isTrue();
    }

    @Test
    void a_dial_that_was_given_up_is_not_carried_on() {
        outbound.connect(dial()).cancel(false);
        outbound.openPackets(dial(), LoopbackTest.into(new LinkedBlockingQueue<>()))
                .cancel(false);
        assertThat(carrier.stream.isCancelled()).isTrue();
        assertThat(carrier.packets.isCancelled()).isTrue();
    }

    @Test
    void a_dial_that_is_given_up_at_the_last_moment_is_closed() {
        carrier.stream.setUncancellable();
        carrier.packets.setUncancellable();
        outbound.connect(dial()).cancel(false);
        outbound.openPackets(dial(), LoopbackTest.into(new LinkedBlockingQueue<>()))
                .cancel(false);
        carrier.stream.setSuccess(channel);
        carrier.packets.setSuccess(carrier);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        assertThat(carrier.closed).isTrue();
    }

    @Test
    void failures_name_the_tunnel_and_keep_the_reason() {
        Future<Channel> stream = outbound.connect(dial());
        carrier.stream.setFailure(new Failure(Failure.Kind.REFUSED, "198.51.100.7:8388: connection refused"));
        channel.runPendingTasks();
        assertThat(stream.cause())
                .hasMessage("outbound \"vps\": 198.51.100.7:8388: connection refused")
                .extracting(cause -> Failure.of(cause).kind())
                .isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }

    @Test
    void datagrams_over_a_carrier_that_has_none_are_unsupported_rather_than_down() {
        Future<PacketTunnel> packets = outbound.openPackets(dial(), LoopbackTest.into(new LinkedBlockingQueue<>()));
        carrier.packets.setFailure(new Failure(Failure.Kind.UNSUPPORTED, "this outbound carries no UDP"));
        channel.runPendingTasks();
        assertThat(Failure.of(packets.cause()).kind()).isEqualTo(Failure.Kind.UNSUPPORTED);
    }

    @Test
    void it_carries_what_its_carrier_carries() {
        assertThat(outbound.transports()).containsExactly(Transport.TCP);
        Outbound plain = new ShadowsocksType()
                .open(
                        "plain",
                        new ShadowsocksOptions(SERVER, Method.AES_128_GCM, new Secret("swordfish")),
                        new TunnelContext(new DirectDialer(), (name, loop) -> null));
        assertThat(plain.transports()).containsExactlyInAnyOrder(Transport.TCP, Transport.UDP);
    }

    @Test
    void sealed_datagrams_go_to_the_server_and_forged_ones_do_not_come_through() {
        LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
        Future<PacketTunnel> packets = outbound.openPackets(dial(), LoopbackTest.into(answers));
        carrier.packets.setSuccess(carrier);
        channel.runPendingTasks();
        packets.getNow().send(ORIGIN, Unpooled.copiedBuffer("question", java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(carrier.sent).containsExactly(SERVER);

        carrier.sink.receive(SERVER, Unpooled.buffer().writeZero(100));
        carrier.sink.receive(SERVER, Unpooled.EMPTY_BUFFER);
        assertThat(answers).isEmpty();
        carrier.sink.closed(new Failure(Failure.Kind.INTERNAL, "the socket broke"));
        assertThat(answers).containsExactly("closed: outbound \"vps\": the socket broke");
        packets.getNow().close();
        assertThat(carrier.closed).isTrue();
    }

    @Test
    void a_server_of_2022_that_says_nothing_is_asked_about_its_clock_and_one_whose_clock_is_off_is_told_of() {
        Wall wall = new Wall();
        Secret key = new Secret(ShadowsocksEnds.key("2022-blake3-aes-128-gcm", 1));
        ShadowsocksOutbound modern = new ShadowsocksOutbound(
                "vps",
                new ShadowsocksOptions(SERVER, Method.BLAKE3_AES_128_GCM, key),
                new TunnelContext(carrier, (name, loop) -> null),
                wall.clocks);
        Logger log = (Logger) LoggerFactory.getLogger(ShadowsocksOutbound.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        log.addAppender(logged);
        try {
            modern.doubt().unanswered();
            modern.doubt().unanswered();
            assertThat(logged.list).isEmpty(); // may be chance
            modern.doubt().unanswered();
            modern.doubt().unanswered();
        } finally {
            log.detachAppender(logged);
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "outbound \"vps\": vps.example:8388 takes connections but has answered none: are method and"
                                + " password the server's, and do the clocks of both agree to 30 s? (here it is 2027-01-15"
                                + " 08:00:00 UTC)");
        Failure off = catchThrowableOfType(Failure.class, () -> wall.clocks.check(wall.seconds - 95, ""));
        assertThat(modern.garbled(off).text())
                .isEqualTo(
                        "outbound \"vps\": vps.example:8388: its clock is 95 s behind the clock of this machine, which"
                                + " says 2027-01-15 08:00:00 UTC; Shadowsocks 2022 allows 30 s: set the one that is"
                                + " wrong");
    }

    private Dial dial() {
        return new Dial(ORIGIN, channel.eventLoop(), 7, (address, transport) -> {
            throw new AssertionError("the guard of a flow is for origins");
        });
    }

    /** An outbound that answers when the test says so. */
    private final class Carrier implements Outbound, PacketTunnel {
        private final List<Dial> dialled = new ArrayList<>();
        private final List<Destination> sent = new ArrayList<>();
        private final Promise<Channel> stream = channel.eventLoop().newPromise();
        private final Promise<PacketTunnel> packets = channel.eventLoop().newPromise();
        private PacketSink sink;
        private boolean closed;

        @Override
        public String name() {
            return "carrier";
        }

        @Override
        public Set<Transport> transports() {
            return Set.of(Transport.TCP);
        }

        @Override
        public Future<Channel> connect(Dial dial) {
            dialled.add(dial);
            return stream;
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink to) {
            dialled.add(dial);
            sink = to;
            return packets;
        }

        @Override
        public void send(Destination to, ByteBuf payload) {
            sent.add(to);
            payload.release();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}

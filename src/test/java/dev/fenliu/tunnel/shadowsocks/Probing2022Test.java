package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.config.Secret;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.model.Destination;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * What probes learn from a server of the 2022 edition, with users and without: whatever they send, in whatever pieces,
 * nothing is answered, all is read, and the connection ends with them or after a random time.
 */
class Probing2022Test {
    private static final Method METHOD = Method.BLAKE3_AES_256_GCM;
    private static final String USER = ShadowsocksEnds.key(METHOD.toString(), 2);
    private static final String SERVER = ShadowsocksEnds.key(METHOD.toString(), 1);

    private final Wall wall = new Wall();
    private final List<ClientChannel> channels = new ArrayList<>();
    private final RecordedFlows flows = new RecordedFlows();
    private ShadowsocksAcceptor acceptor = acceptor();

    @AfterEach
    void close() {
        channels.forEach(ClientChannel::finishAndReleaseAll);
    }

    @Test
    void an_honest_client_is_served() {
        accept().writeInbound(Unpooled.wrappedBuffer(request(SERVER + ":" + USER, 0)));
        assertThat(flows.streams).hasSize(1);
        assertThat(flows.streams.get(0).flow().user()).contains("anna");
        assertThat(flows.streams.get(0).flow().destination()).isEqualTo(Destination.parse("example.com:443"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 47, 48, 49, 74, 75, 76, 91, 100, 200, 5000, 300_000})
    void noise_of_any_length_is_met_with_silence(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        assertSilence(noise);
    }

    @Test
    void noise_byte_by_byte_is_met_with_silence() {
        byte[] noise = new byte[400];
        new Random(5).nextBytes(noise);
        ClientChannel client = accept();
        for (byte one : noise) {
            client.writeInbound(Unpooled.wrappedBuffer(new byte[] {one}));
        }
        assertKept(client);
    }

    @Test
    void every_beginning_of_a_request_waits_in_silence_and_ends_with_the_client() {
        byte[] request = request(SERVER + ":" + USER, 0);
        for (int cut = 0; cut < request.length; cut += cut < 100 ? 1 : 97) {
            acceptor = acceptor();
            assertSilence(Arrays.copyOf(request, cut));
            ClientChannel ending = accept();
            ending.writeInbound(Unpooled.copiedBuffer(request, 0, cut));
            ending.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(ending.isOpen()).isFalse();
            assertThat(ending.<Object>readOutbound()).isNull();
        }
        assertThat(flows.streams).isEmpty();
    }

    @Test
    void every_changed_byte_of_the_headers_is_met_with_silence() {
        byte[] request = request(SERVER + ":" + USER, 0);
        for (int at = 0; at < 32 + 16 + 27; at++) {
            byte[] changed = request.clone();
            changed[at] ^= 4;
            assertSilence(changed);
        }
        byte[] end = request.clone();
        end[end.length - 1] ^= 1;
        assertSilence(end);
        assertThat(flows.streams).isEmpty();
    }

    @Test
    void a_replay_is_met_with_silence_at_once_and_when_its_date_is_over() {
        byte[] request = request(SERVER + ":" + USER, 0);
        accept().writeInbound(Unpooled.wrappedBuffer(request));
        assertThat(flows.streams).hasSize(1);
        for (int i = 0; i < 10; i++) {
            assertSilence(request);
            wall.pass(20);
        }
        assertThat(flows.streams).hasSize(1);
    }

    @Test
    void a_replay_after_a_reload_that_made_another_listener_is_met_with_silence() {
        byte[] request = request(SERVER + ":" + USER, 0);
        accept().writeInbound(Unpooled.wrappedBuffer(request));
        assertThat(flows.streams).hasSize(1);
        wall.pass(1);
        acceptor = acceptor();
        assertSilence(request);
        assertThat(flows.streams).hasSize(1);
    }

    @Test
    void wrong_keys_and_wrong_clocks_are_met_with_silence() {
        String strange = ShadowsocksEnds.key(METHOD.toString(), 9);
        assertSilence(request(SERVER, 0));
        assertSilence(request(USER, 0));
        assertSilence(request(strange + ":" + USER, 0));
        assertSilence(request(SERVER + ":" + strange, 0));
        assertSilence(request(SERVER + ":" + USER, 31));
        assertSilence(request(SERVER + ":" + USER, -31));
        assertThat(flows.streams).isEmpty();
    }

    @Test
    void whoever_runs_the_server_reads_of_a_wrong_clock_amid_the_noise() {
        Logger log = (Logger) LoggerFactory.getLogger(ShadowsocksAcceptor.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        log.addAppender(logged);
        try {
            assertSilence(new byte[1000]);
            assertSilence(request(SERVER + ":" + USER, 95));
            assertSilence(new byte[1000]);
        } finally {
            log.detachAppender(logged);
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "listener \"shadowsocks\": ignored a connection from 127.0.0.1:50000: what came is not of this"
                                + " password and method",
                        "listener \"shadowsocks\": ignored a connection from 127.0.0.1:50000: its clock is 95 s ahead"
                                + " of the clock of this machine, which says 2027-01-15 08:00:00 UTC; Shadowsocks 2022"
                                + " allows 30 s: set the one that is wrong, unless this is a replay");
    }

    private void assertSilence(byte[] sent) {
        ClientChannel client = accept();
        client.writeInbound(Unpooled.wrappedBuffer(sent));
        assertKept(client);
    }

    private static void assertKept(ClientChannel client) {
        client.advanceTimeBy(ServerHandshake.MIN_PATIENCE_SECONDS - 1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        assertThat(client.isOpen()).isTrue();
        assertThat(client.<Object>readOutbound()).isNull();
        client.advanceTimeBy(
                ServerHandshake.MAX_PATIENCE_SECONDS - ServerHandshake.MIN_PATIENCE_SECONDS + 1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        assertThat(client.isOpen()).isFalse();
        assertThat(client.<Object>readOutbound()).isNull();
    }

    private ClientChannel accept() {
        ClientChannel client = new ClientChannel();
        client.freezeTime();
        channels.add(client);
        acceptor.accept(client);
        return client;
    }

    private ShadowsocksAcceptor acceptor() {
        return new ShadowsocksAcceptor(
                new ShadowsocksListenerOptions(METHOD, new Secret(SERVER), false),
                flows.context("shadowsocks", "anna", USER),
                wall.clocks);
    }

    private byte[] request(String chain, long secondsAhead) {
        Clocks clocks = new Wall(wall.seconds + secondsAhead).clocks;
        ClientKeys keys = ClientKeys.of(METHOD, new Secret(chain));
        ByteBuf plain = Unpooled.buffer();
        SocksAddress.write(Destination.parse("example.com:443"), plain);
        ByteBuf sealed = Unpooled.buffer();
        new StreamSealer(new ClientGreeting(keys, clocks, new ReplayWindow(clocks))).seal(plain, sealed);
        return ByteBufUtil.getBytes(sealed);
    }
}

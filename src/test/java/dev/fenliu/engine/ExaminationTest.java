package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.engine.Diagnosis.Verdict;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.DirectDialer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Through an outbound that leads to an edge of the test, whose sites say what the test wants. */
@Timeout(60)
class ExaminationTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(1);
    private FakeEdge edge;
    private DatagramSocket stun;
    private boolean udp = true;

    @BeforeEach
    void open() throws IOException {
        edge = new FakeEdge();
        stun = new DatagramSocket(0, HERE);
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
        stun.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /** Every name is the edge. */
    private final class Tunnel implements Outbound {
        private final DirectDialer direct = new DirectDialer();

        @Override
        public String name() {
            return "vps";
        }

        @Override
        public Set<Transport> transports() {
            return udp ? Set.of(Transport.TCP, Transport.UDP) : Set.of(Transport.TCP);
        }

        @Override
        public Future<Channel> connect(Dial dial) {
            return edge.isClosed()
                    ? dial.loop().newFailedFuture(new Failure(Failure.Kind.TUNNEL_DOWN, "vps.test did not answer"))
                    : direct.connect(dial);
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
            return direct.openPackets(dial, sink);
        }
    }

    private Map<String, Diagnosis.Finding> examine(Optional<Examination.Key> key) throws InterruptedException {
        ChatGpt sites = edge.sites(new Destination(Host.of(HERE), stun.getLocalPort()));
        List<Diagnosis.Finding> all = Examination.of(new Tunnel(), sites, key, loops.next())
                .await()
                .getNow()
                .findings();
        Map<String, Diagnosis.Finding> findings = new HashMap<>();
        all.forEach(one -> findings.put(one.subject(), one));
        return findings;
    }

    private void answerStun(byte[] address) {
        FakeEdge.daemon(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            while (true) {
                stun.receive(packet);
                ByteBuffer asked = ByteBuffer.wrap(packet.getData());
                ByteBuffer answer = ByteBuffer.allocate(32);
                answer.putShort((short) 0x0101).putShort((short) 12).put(asked.array(), 4, 16);
                answer.putShort((short) 0x20)
                        .putShort((short) 8)
                        .put((byte) 0)
                        .put((byte) 1)
                        .putShort((short) 0x1234);
                answer.putInt(ByteBuffer.wrap(address).getInt() ^ 0x2112a442);
                stun.send(new DatagramPacket(answer.array(), 32, packet.getSocketAddress()));
            }
        });
    }

    @Test
    void what_works_is_all_right() throws Exception {
        answerStun(new byte[] {(byte) 203, 0, 113, 7});
        Map<String, Diagnosis.Finding> found = examine(Optional.empty());
        assertThat(found.get("exit").text()).isEqualTo("203.0.113.7 (SE)");
        assertThat(found.get("voice").text()).isEqualTo("UDP passes");
        assertThat(found.get("stream").verdict()).isEqualTo(Verdict.SKIP);
        found.remove("stream");
        assertThat(found.values()).hasSize(7).allMatch(one -> one.verdict() == Verdict.OK);
    }

    @Test
    void a_country_that_is_not_served_is_told_from_an_exit_that_is_refused() throws Exception {
        edge.says("web.test/", "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nForbidden");
        edge.says(
                "api.test/v1/models",
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 57\r\n\r\n"
                        + "{\"error\":{\"code\":\"unsupported_country_region_territory\"}} ");
        udp = false;
        Map<String, Diagnosis.Finding> found = examine(Optional.empty());
        assertThat(found.get("web").verdict()).isEqualTo(Verdict.FAIL);
        assertThat(found.get("web").text()).contains("refuses this exit (403)");
        assertThat(found.get("API").text()).contains("does not serve this country");
        assertThat(found.get("API").remedy()).contains("a country that OpenAI serves");
        assertThat(found.get("voice").verdict()).isEqualTo(Verdict.WARN);
        assertThat(found.get("voice").text()).isEqualTo("this tunnel carries no UDP");
    }

    @Test
    void a_challenge_is_seen_and_one_from_another_exit_is_a_warning() throws Exception {
        edge.says("web.test/", "HTTP/1.1 403 Forbidden\r\ncf-mitigated: challenge\r\nContent-Length: 0\r\n\r\n");
        edge.says("challenge.test/cdn-cgi/trace", FakeEdge.trace("203.0.113.99", "SE"));
        udp = false;
        Map<String, Diagnosis.Finding> found = examine(Optional.empty());
        assertThat(found.get("web").verdict()).isEqualTo(Verdict.OK);
        assertThat(found.get("web").text()).contains("a proof that we are human");
        assertThat(found.get("challenge").verdict()).isEqualTo(Verdict.WARN);
        assertThat(found.get("challenge").text()).contains("203.0.113.99");
    }

    @Test
    void a_stream_that_ends_well_is_told_from_one_that_breaks_off() throws Exception {
        udp = false;
        Optional<Examination.Key> key = Optional.of(new Examination.Key("sk-secret", "small"));
        assertThat(key.toString()).doesNotContain("sk-secret");
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        edge.says("api.test/v1/models", FakeEdge.ok("{}"));
        edge.says("api.test/v1/chat/completions", head + "data: {}\n\ndata: [DONE]\n\n");
        assertThat(examine(key).get("stream").verdict()).isEqualTo(Verdict.OK);
        edge.says("api.test/v1/chat/completions", head + "data: {}\n\n");
        Diagnosis.Finding broken = examine(key).get("stream");
        assertThat(broken.verdict()).isEqualTo(Verdict.FAIL);
        assertThat(broken.text()).contains("broke off");
    }

    @Test
    void a_tunnel_that_is_down_is_all_there_is_to_say() throws Exception {
        edge.close();
        Map<String, Diagnosis.Finding> found = examine(Optional.empty());
        assertThat(found).hasSize(1);
        assertThat(found.get("exit").verdict()).isEqualTo(Verdict.FAIL);
        assertThat(found.get("exit").remedy()).contains("is its server running");
    }

    private Checker.Answer check() throws InterruptedException {
        ChatGpt sites = edge.sites(new Destination(Host.of(HERE), stun.getLocalPort()));
        return Checker.examine(new Tunnel(), sites, loops.next()).await().getNow();
    }

    @Test
    void as_a_check_it_is_seven_small_requests_and_no_datagram() throws Exception {
        assertThat(check().fault()).isEmpty();
        assertThat(edge.asked)
                .containsExactly(
                        "GET web.test/cdn-cgi/trace",
                        "GET web.test/",
                        "GET api.test/v1/models",
                        "GET login.test/",
                        "GET challenge.test/cdn-cgi/trace",
                        "POST api.test/v1/chat/completions",
                        "GET api.test/v1/realtime?model=gpt-realtime");
    }

    @Test
    void as_a_check_it_says_what_fails_and_what_would_help_and_minds_no_warning() throws Exception {
        edge.says("login.test/", FakeEdge.status("503 Service Unavailable", ""));
        edge.says("challenge.test/cdn-cgi/trace", FakeEdge.trace("203.0.113.99", "SE"));
        assertThat(check().fault()).isEmpty();
        edge.says(
                "api.test/v1/models",
                FakeEdge.status("403 Forbidden", "{\"code\":\"unsupported_country_region_territory\"}"));
        assertThat(check().fault())
                .contains("API: it does not serve this country (403);"
                        + " use a tunnel whose far end is in a country that OpenAI serves");
    }

    @Test
    void as_a_check_of_a_tunnel_that_is_down_it_fails_as_that() throws Exception {
        edge.close();
        ChatGpt sites = edge.sites(new Destination(Host.of(HERE), stun.getLocalPort()));
        Throwable cause =
                Checker.examine(new Tunnel(), sites, loops.next()).await().cause();
        assertThat(Failure.of(cause).kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }
}

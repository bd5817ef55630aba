package dev.fenliu.tunnel.https2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server end that asks for the login where only its users know, with a site for all others. */
@Timeout(60)
class ChallengeHostTest {
    private static final String SECRET = "k3v9x2mq7t1zr8wb.example";
    private static final String RIGHT = basic("x:" + Https2Ends.PASSWORD);
    private static final String WRONG = basic("x:wrong");

    private final Loopback here = new Loopback();
    private final Stranger stranger = new Stranger(here);
    private int site;
    private int server;

    @BeforeEach
    void open() throws Exception {
        site = here.origin(Loopback::site);
        server = new Https2Ends(here)
                .server(Map.of(), Optional.of(Loopback.local(site)), Optional.of(new Secret(SECRET)));
    }

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @Test
    void whoever_asks_for_the_name_is_asked_for_the_login() throws Exception {
        for (String authority : List.of(SECRET + ":443", "K3V9x2mq7t1zr8wb.EXAMPLE.:80")) {
            for (String login : new String[] {null, WRONG}) {
                assertThat(stranger.http2(server, connect(authority, login)))
                        .startsWith("407 ")
                        .contains("proxy-authenticate=Basic realm=");
                assertThat(stranger.http2(server, get(authority, login)))
                        .startsWith("407 ")
                        .contains("proxy-authenticate=Basic realm=");
            }
        }
        assertThat(stranger.http2(server, get(SECRET, null))).startsWith("407 ");
        assertThat(Stranger.http1(server, http1("CONNECT " + SECRET + ":443", SECRET + ":443", null)))
                .startsWith("HTTP/1.1 407 ");
        assertThat(Stranger.http1(server, http1("GET http://" + SECRET + "/", SECRET, WRONG)))
                .startsWith("HTTP/1.1 407 ");
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_wrong_guess_is_a_request_like_any_other() throws Exception {
        for (String wrong : List.of("a.test", "k3v9x2mq7t1zr8wc.example", "x." + SECRET, SECRET.substring(1))) {
            String other = "z".repeat(wrong.length());
            for (String login : new String[] {null, WRONG}) {
                String answer = stranger.http2(server, connect(wrong + ":443", login));
                assertThat(answer)
                        .startsWith("200 ")
                        .contains("content-length=")
                        .doesNotContain("proxy-");
                assertThat(answer.replace(wrong, other))
                        .isEqualTo(stranger.http2(server, connect(other + ":443", login)));
                assertThat(stranger.http2(server, get(wrong, login)))
                        .startsWith("200 ")
                        .doesNotContain("proxy-");
            }
            String request = http1("CONNECT " + wrong + ":443", wrong, WRONG);
            assertThat(Stranger.http1(server, request)).isEqualTo(Stranger.direct(site, request));
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void to_ask_for_it_as_for_a_site_is_no_request_for_a_proxy() throws Exception {
        assertThat(stranger.http2(server, get(SECRET, null).scheme("https"))).startsWith("200 ");
        assertThat(Stranger.http1(server, http1("GET /", SECRET, null))).startsWith("HTTP/1.1 200 ");
    }

    /** Nobody is asked for its address, who could tell others. */
    @Test
    void the_name_leads_nowhere_for_those_who_log_in() throws Exception {
        for (Http2Headers request : List.of(connect(SECRET + ":443", RIGHT), get(SECRET, RIGHT))) {
            assertThat(stranger.http2(server, request)).startsWith("403 ");
        }
        assertThat(Stranger.http1(server, http1("CONNECT " + SECRET + ":443", SECRET + ":443", RIGHT)))
                .startsWith("HTTP/1.1 403 ");
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void datagrams_for_the_name_are_dropped() {
        List<Destination> passed = new ArrayList<>();
        FlowHandler all = new FlowHandler() {
            @Override
            public void stream(InboundStream stream) {}

            @Override
            public PacketFlow packets(InboundPackets packets) {
                return new PacketFlow() {
                    @Override
                    public void receive(Destination to, ByteBuf payload) {
                        passed.add(to);
                        payload.release();
                    }

                    @Override
                    public void close() {}
                };
            }

            @Override
            public long nextId() {
                return 1;
            }
        };
        FlowHandler guarded = new ChallengeHost(Optional.of(new Secret(SECRET))).guard(all);
        PacketFlow flow = guarded.packets(null);
        Destination other = Destination.parse("other.test:443");
        for (Destination to : List.of(Destination.parse(SECRET + ":443"), other, Loopback.local(9))) {
            flow.receive(to, Unpooled.buffer().writeByte(1));
        }
        assertThat(passed).containsExactly(other, Loopback.local(9));
    }

    @Test
    void pages_are_fetched_for_those_who_log_in() throws Exception {
        String origin = "127.0.0.1:" + here.origin(Loopback::site);
        assertThat(stranger.http2(server, get(origin, RIGHT)))
                .startsWith("200 ")
                .contains("a harmless page for [GET /x HTTP/1.1\r\nhost: " + origin + "\r\n")
                .doesNotContain("authorization");
        assertThat(here.served.flows).hasSize(1);
        assertThat(stranger.http2(server, get("127.0.0.1:1", RIGHT))).startsWith("502 ");
        assertThat(stranger.http2(server, get("a b", RIGHT))).startsWith("400 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy.example",
                "averyveryverylongnameofwords.example",
                "a1b2c3d4e5f6g7h.example",
                "111111111111aaaaaaa.example",
                "www.k3v9x2mq7t1zr8wb.example",
                "192.0.2.1",
                "no name"
            })
    void names_that_can_be_guessed_are_refused(String name) {
        assertThatThrownBy(() -> ChallengeHost.check(new Secret(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(name);
        ChallengeHost.check(new Secret(SECRET));
    }

    private static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(ISO_8859_1));
    }

    private static Http2Headers connect(String authority, String login) {
        return with(new DefaultHttp2Headers().method("CONNECT").authority(authority), login);
    }

    private static Http2Headers get(String authority, String login) {
        return with(
                new DefaultHttp2Headers()
                        .method("GET")
                        .scheme("http")
                        .authority(authority)
                        .path("/x"),
                login);
    }

    private static Http2Headers with(Http2Headers headers, String login) {
        return login == null ? headers : headers.set("proxy-authorization", login);
    }

    private static String http1(String start, String host, String login) {
        return start + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
                + (login == null ? "" : "Proxy-Authorization: " + login + "\r\n") + "\r\n";
    }
}

package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.tunnel.Loopback;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What strangers get of our server over HTTP/3. */
@Timeout(30)
class MasqueradeTest {
    private final Loopback here = new Loopback();
    private final Hysteria2Ends ends = new Hysteria2Ends(here);

    @AfterEach
    void close() throws Exception {
        ends.close();
    }

    @Test
    void without_a_site_nothing_is_found_whatever_is_asked() throws Exception {
        try (Stranger stranger = new Stranger(here.loops().next(), ends.server())) {
            String nothing = stranger.ask(get("/"), "");
            assertThat(nothing).startsWith("404 text/html ").contains("404 Not Found");
            assertThat(stranger.ask(get("/auth"), "")).isEqualTo(nothing);
            assertThat(stranger.ask(Authentication.request("wrong"), "")).isEqualTo(nothing);
            assertThat(stranger.ask(Authentication.request("wrong"), "a body")).isEqualTo(nothing);
            assertThat(stranger.ask(get("/").method("HEAD"), "")).isEqualTo("404 text/html ");
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void strangers_and_those_with_a_wrong_password_get_the_site() throws Exception {
        Destination site = Loopback.local(here.origin(Loopback::site));
        int server = Hysteria2Ends.port(ends.server(0, Map.of(), Optional.empty(), Optional.of(site)));
        try (Stranger stranger = new Stranger(here.loops().next(), server)) {
            String page = stranger.ask(get("/about?x=1"), "");
            assertThat(page).startsWith("200  a harmless page for [GET /about?x=1 HTTP/1.1\r\n");
            assertThat(page.toLowerCase(java.util.Locale.ROOT))
                    .contains("host: vps.test\r\n", "connection: close\r\n")
                    .doesNotContain("x-http");
            assertThat(stranger.ask(Authentication.request("wrong"), ""))
                    .startsWith("200  a harmless page for [POST /auth HTTP/1.1\r\n");
            assertThat(stranger.ask(get("/form").method("POST"), "a=b")).contains("POST /form HTTP/1.1\r\n");
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_site_that_is_down_ends_the_request() throws Exception {
        Destination nobody = Loopback.local(1);
        int server = Hysteria2Ends.port(ends.server(0, Map.of(), Optional.empty(), Optional.of(nobody)));
        try (Stranger stranger = new Stranger(here.loops().next(), server)) {
            assertThat(stranger.ask(get("/"), "")).isNotEqualTo("200");
        }
    }

    @Test
    void with_salamander_strangers_meet_silence() throws Exception {
        int server =
                Hysteria2Ends.port(ends.server(0, Map.of(), Optional.of(new Secret("salam4nder")), Optional.empty()));
        try (DatagramSocket socket = new DatagramSocket(0, Loopback.LOCAL)) {
            socket.setSoTimeout(500);
            for (int length : new int[] {1, 8, 9, 1200, 1400}) {
                byte[] garbage = new byte[length];
                garbage[0] = (byte) 0xc3;
                socket.send(new DatagramPacket(garbage, length, Loopback.LOCAL, server));
            }
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> socket.receive(answer))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static Http3Headers get(String path) {
        return new DefaultHttp3Headers()
                .method("GET")
                .scheme("https")
                .authority("vps.test")
                .path(path);
    }
}

package dev.fenliu.tunnel.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.Rehearsal;
import dev.fenliu.outbound.Login;
import io.netty.buffer.ByteBufUtil;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectNegotiationTest {
    private static final Destination NAME = Destination.parse("a.example:443");
    private static final Optional<Login> ANNA = Optional.of(new Login("anna", new Secret("pä:ss")));

    private static Rehearsal plain(String server) {
        return Rehearsal.of(() -> new ConnectNegotiation(NAME, Optional.empty()), server.getBytes(ISO_8859_1));
    }

    private static String text(String hex) {
        return new String(ByteBufUtil.decodeHexDump(hex), ISO_8859_1);
    }

    @Test
    void asks_for_the_destination_and_leaves_the_payload() {
        Rehearsal it = plain("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\nSSH-2.0-x\r\n\r\n");
        assertThat(text(it.said())).isEqualTo("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(text(it.left())).isEqualTo("SSH-2.0-x\r\n\r\n");
    }

    @Test
    void ipv6_goes_in_brackets() {
        Rehearsal it = Rehearsal.of(
                () -> new ConnectNegotiation(Destination.parse("[2001:db8::1]:80"), Optional.empty()),
                "HTTP/1.1 200\r\n\r\n".getBytes(US_ASCII));
        assertThat(text(it.said())).startsWith("CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n");
    }

    @Test
    void logs_in_at_once_with_utf_8() {
        Rehearsal it =
                Rehearsal.of(() -> new ConnectNegotiation(NAME, ANNA), "HTTP/1.0 200 OK\r\n\r\n".getBytes(US_ASCII));
        assertThat(text(it.said())).contains("\r\nProxy-Authorization: Basic YW5uYTpww6Q6c3M=\r\n\r\n");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200\r\n\r\n",
                "HTTP/1.1 200 \r\n\r\n",
                "HTTP/1.0 299 \u00e4h\r\n\r\n",
                "HTTP/1.1 200 OK\n\n",
                "HTTP/1.1 200 OK\r\nA:\r\nB:b: c\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            })
    void many_heads_are_good(String head) {
        Rehearsal it = plain(head + "x");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(text(it.left())).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9\r\n",
                "\r\nHTTP/1.1 200 OK\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/1.2 200 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 600 OK\r\n\r\n",
                "HTTP/1.1 101 Switching\r\n\r\n",
                "HTTP/1.1 200 OK\rX\r\n\r\n",
                "HTTP/1.1 200 OK\r\r\n\r\n",
                "HTTP/1.1 200 OK\u0000\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA : blank\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: a\r\n folded: b\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\u00e4: a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: \u0000\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nhello\r\n\r\n",
            })
    void what_is_no_head_is_refused(String head) {
        Rehearsal it = plain(head);
        assertThat(it.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(it.text()).contains("no HTTP proxy");
    }

    @ParameterizedTest
    @CsvSource({
        "301, TUNNEL_PROTOCOL, a.example:443: the upstream answered with status 301",
        "400, TUNNEL_PROTOCOL, status 400",
        "403, FORBIDDEN, status 403: refused by its rules",
        "405, TUNNEL_PROTOCOL, status 405",
        "407, TUNNEL_PROTOCOL, the upstream asks for a user name and password",
        "500, HOST_UNREACHABLE, status 500",
        "502, HOST_UNREACHABLE, status 502",
        "503, HOST_UNREACHABLE, status 503",
        "504, TIMEOUT, status 504",
    })
    void refusals_have_a_kind_and_words(int status, Failure.Kind kind, String text) {
        Rehearsal it = plain("HTTP/1.1 " + status + " No\r\nContent-Length: 4\r\n\r\nbody");
        assertThat(it.kind()).isEqualTo(kind);
        assertThat(it.by()).isEqualTo(Ender.UPSTREAM);
        assertThat(it.text()).contains(text);
    }

    @Test
    void a_refused_login_is_said_without_it() {
        Rehearsal it =
                Rehearsal.of(() -> new ConnectNegotiation(NAME, ANNA), "HTTP/1.1 407 No\r\n\r\n".getBytes(US_ASCII));
        assertThat(it.text())
                .contains("refused the user name or password")
                .doesNotContain("anna")
                .doesNotContain("ss\"");
    }

    @Test
    void a_head_may_have_32_kib_and_no_more() {
        String start = "HTTP/1.1 200 OK\r\nA: ";
        String fits = start + "a".repeat(ResponseHead.MAX - start.length() - 4) + "\r\n\r\n";
        assertThat(play(fits).stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(play(start + "a".repeat(ResponseHead.MAX)).text()).contains("over 32768 bytes");
        assertThat(play("HTTP/1.1 200 OK\r\n" + "A: a\r\n".repeat(6000)).text()).contains("over 32768 bytes");
        assertThat(play("HTTP/1.1 100 Go\r\n\r\n".repeat(2000)).text()).contains("over 32768 bytes");
    }

    /** Too long to be split everywhere. */
    private static Rehearsal play(String server) {
        byte[] bytes = server.getBytes(US_ASCII);
        return Rehearsal.once(new ConnectNegotiation(NAME, Optional.empty()), bytes);
    }

    @Test
    void random_bytes_throw_nothing_but_failures() {
        Random random = new Random(7);
        String letters = "HTTP/1. 20\r\n:A\u0000\u00ff";
        for (int i = 0; i < 5_000; i++) {
            StringBuilder server = new StringBuilder("HTTP/1.1 200 OK\r\n".substring(0, random.nextInt(17)));
            for (int n = random.nextInt(20); n > 0; n--) {
                server.append(letters.charAt(random.nextInt(letters.length())));
            }
            plain(server.toString());
        }
    }
}

package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.config.Secret;
import dev.fenliu.model.Flow;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

@Timeout(20)
class RefusalTest extends ProxyScene {
    @Test
    void a_refused_request_gets_a_page_and_the_connection_stays() throws Exception {
        client.send(request("GET", "x.blocked.test", "/", "") + request("HEAD", "x.blocked.test", "/", ""));
        String head = client.head();
        assertThat(head)
                .startsWith("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=utf-8\r\n")
                .contains("\r\nProxy-Status: fenliu; error=http_request_denied; details=")
                .doesNotContain("Connection:");
        assertThat(client.read(length(head)))
                .contains("rule &lt;1&gt; says &quot;block&quot;")
                .endsWith("</p>\n");
        assertThat(client.head()).startsWith("HTTP/1.1 403 ");
        client.send(request("GET", "/", ""));
        assertThat(accept().head()).startsWith("GET / ");
    }

    @Test
    void a_refused_request_with_a_body_closes() throws Exception {
        client.send(request("POST", "x.blocked.test", "/", "Content-Length: 1000\r\n") + "some");
        assertThat(client.rest()).startsWith("HTTP/1.1 403 ").contains("\r\nConnection: close\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "'GET / HTTP/1.1|Host: x||', 400",
        "'GET https://a.test/ HTTP/1.1|Host: a.test||', 400",
        "'GET ftp://a.test/ HTTP/1.1|Host: a.test||', 501",
        "'GET http://a.test/ HTTP/1.1||', 400",
        "'GET http://a.test/ HTTP/3.0|Host: a.test||', 505",
        "'POST http://a.test/ HTTP/1.1|Host: a.test|Content-Length: 1|Transfer-Encoding: chunked||', 400"
    })
    void a_bad_request_is_answered_at_its_head_and_the_connection_ends(String request, int status) throws Exception {
        client.send(request.replace("|", "\r\n"));
        String answer = client.rest();
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("\r\nProxy-Status: fenliu; error=http_request_error; details=\"")
                .contains("\r\nConnection: close\r\n");
        assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).hasSize(length(answer));
        assertThat(proxy.flows).isEmpty();
    }

    @Test
    void someone_who_opens_the_port_in_a_browser_is_told_what_it_is() throws Exception {
        client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        assertThat(client.rest()).contains("<p>This is a proxy, not a web server.");
    }

    @Test
    void a_bad_request_behind_a_good_one_is_answered_after_it() throws Exception {
        client.send(request("GET", "/", "") + "nonsense\r\n\r\n" + request("GET", "/never", ""));
        Wire server = accept();
        server.head();
        server.send(OK);
        assertThat(client.rest()).startsWith(OK + "HTTP/1.1 400 ");
        assertThat(server.rest()).isEmpty();
    }

    @Test
    void a_bad_chunk_of_the_client_resets_the_origin() throws Exception {
        client.send(request("POST", "/", "Transfer-Encoding: chunked\r\n"));
        Wire server = accept();
        server.head();
        client.send("5 \r\nhello\r\n");
        assertThatThrownBy(() -> server.socket().getInputStream().read()).hasMessageContaining("reset");
        assertThat(client.rest()).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void an_endless_head_is_cut_off() throws Exception {
        client.send("GET http://a.test/ HTTP/1.1\r\n" + "X: 1\r\n".repeat(6000));
        assertThat(client.rest()).startsWith("HTTP/1.1 431 ");
    }

    // ---- users ----

    @Test
    void users_have_to_log_in_and_may_try_again_on_the_same_connection() throws Exception {
        try (ToyProxy closed = new ToyProxy(Map.of("anna", new Secret("p:w")));
                Wire wire = Wire.to(closed.port())) {
            for (String login :
                    new String[] {"", basic("anna:x"), basic("bob:p:w"), "Bearer x", "Basic !", basic("anna")}) {
                String field = login.isEmpty() ? "" : "Proxy-Authorization: " + login + "\r\n";
                wire.send(request("GET", "/", field));
                String head = wire.head();
                assertThat(head)
                        .startsWith("HTTP/1.1 407 ")
                        .contains("\r\nProxy-Authenticate: Basic realm=\"fenliu\"")
                        .doesNotContain("Connection: close");
                assertThat(wire.read(length(head))).doesNotContain("anna");
            }
            wire.send("CONNECT " + at + " HTTP/1.1\r\nHost: " + at + "\r\n\r\n");
            wire.read(length(wire.head()));
            wire.send(request("GET", "/", "Proxy-Authorization: " + basic("anna:p:w") + "\r\nX: y\r\n"));
            Wire server = accept();
            assertThat(server.head()).isEqualTo(asked("GET", "/", "X: y\r\n"));
            assertThat(closed.flows).extracting(Flow::user).containsExactly(Optional.of("anna"));
        }
    }

    @Test
    void a_wrong_password_is_logged_but_not_the_question_for_one() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger(HttpAcceptor.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        log.addAppender(logged);
        log.setAdditive(false);
        try (ToyProxy closed = new ToyProxy(Map.of("anna", new Secret("pw")));
                Wire wire = Wire.to(closed.port())) {
            wire.send(request("GET", "/", ""));
            wire.read(length(wire.head()));
            assertThat(logged.list).isEmpty();
            wire.send(request("GET", "/", "Proxy-Authorization: " + basic("anna:guess") + "\r\n"));
            wire.read(length(wire.head()));
            assertThat(logged.list)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .startsWith("listener web: wrong user or password from 127.0.0.1:")
                    .doesNotContain("guess");
        } finally {
            log.setAdditive(true);
            log.detachAppender(logged);
        }
    }

    private static String basic(String login) {
        return "basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }
}

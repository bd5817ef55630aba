package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.net.Relay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(20)
class HttpProxyTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final AtomicLong progress = new AtomicLong();
    private ServerSocket origin;
    private ToyProxy proxy;
    private Wire client;
    private String at;

    @BeforeEach
    void open() throws Exception {
        origin = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        origin.setSoTimeout(8000);
        proxy = new ToyProxy(Map.of());
        client = Wire.to(proxy.port());
        at = "a.test:" + origin.getLocalPort();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        origin.close();
        proxy.close();
    }

    private Wire accept() throws Exception {
        return new Wire(origin.accept());
    }

    private String request(String method, String path, String fields) {
        return request(method, at, path, fields);
    }

    private static String request(String method, String host, String path, String fields) {
        return method + " http://" + host + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
    }

    private String asked(String method, String path, String fields) {
        return method + " " + path + " HTTP/1.1\r\nHost: " + at + "\r\n" + fields + "\r\n";
    }

    // ---- CONNECT ----

    @Test
    void connect_answers_and_what_came_with_the_request_reaches_the_origin() throws Exception {
        client.send("CONNECT " + at + " HTTP/1.1\r\nHost: " + at + "\r\n\r\nearly");
        Wire server = accept();
        assertThat(client.head()).isEqualTo("HTTP/1.1 200 Connection established\r\n\r\n");
        assertThat(server.read(5)).isEqualTo("early");
        server.send("back");
        assertThat(client.read(4)).isEqualTo("back");
        client.end();
        assertThat(server.rest()).isEmpty();
        server.send("last").close();
        assertThat(client.rest()).isEqualTo("last");
        assertThat(proxy.flows).extracting(Flow::destination).containsExactly(Destination.parse(at));
    }

    @Test
    void connect_byte_by_byte_is_the_same() throws Exception {
        client.socket().setTcpNoDelay(true);
        for (char c : ("CONNECT " + at + " HTTP/1.1\r\nHost: x\r\n\r\nearly").toCharArray()) {
            client.send(String.valueOf(c));
        }
        Wire server = accept();
        assertThat(client.head()).startsWith("HTTP/1.1 200 ");
        assertThat(server.read(5)).isEqualTo("early");
    }

    @Test
    void an_end_of_stream_before_the_answer_is_kept_for_the_origin() throws Exception {
        client.send("CONNECT " + at + " HTTP/1.1\r\nHost: x\r\n\r\nall").end();
        Wire server = accept();
        assertThat(server.rest()).isEqualTo("all");
        server.send("answer").close();
        assertThat(client.rest()).endsWith("answer");
    }

    @Test
    void a_refused_connect_gets_a_status_and_the_cause_and_survives_early_bytes() throws Exception {
        client.send("CONNECT x.blocked.test:443 HTTP/1.1\r\nHost: x.blocked.test:443\r\n\r\n" + "\u0016".repeat(9000));
        String answer = client.rest();
        assertThat(answer)
                .startsWith("HTTP/1.1 403 Forbidden\r\n")
                .contains(
                        "\r\nProxy-Status: fenliu; error=http_request_denied; details=\"rule <1> says \\\"block\\\"\"\r\n")
                .contains("\r\nConnection: close\r\n")
                .contains("\r\nContent-Type: text/plain; charset=utf-8\r\n");
    }

    @Test
    void a_connect_to_a_closed_port_says_so() throws Exception {
        origin.close();
        client.send("CONNECT " + at + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.rest()).startsWith("HTTP/1.1 502 ").contains("error=connection_refused");
    }

    @Test
    void connect_after_plain_requests_takes_the_connection_over() throws Exception {
        client.send(request("GET", "/", "") + "CONNECT " + at + " HTTP/1.1\r\nHost: x\r\n\r\nearly");
        Wire first = accept();
        first.head();
        first.send(OK);
        Wire second = accept();
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
        assertThat(client.head()).startsWith("HTTP/1.1 200 Connection established");
        assertThat(second.read(5)).isEqualTo("early");
        assertThat(first.rest()).isEmpty();
    }

    // ---- plain requests ----

    @Test
    void requests_to_one_origin_share_a_connection_and_a_flow() throws Exception {
        Wire server = null;
        for (int i = 0; i < 3; i++) {
            client.send(request("GET", "/" + i, "Proxy-Connection: keep-alive\r\nX-a: b\r\n"));
            server = server == null ? accept() : server;
            assertThat(server.head()).isEqualTo(asked("GET", "/" + i, "X-a: b\r\n"));
            server.send(OK);
            assertThat(client.head() + client.read(2)).isEqualTo(OK);
        }
        assertThat(proxy.flows).hasSize(1);
        client.end();
        assertThat(server.rest()).isEmpty();
        server.close();
        assertThat(client.rest()).isEmpty();
        await().until(() -> proxy.ended.size() == 1);
        assertThat(proxy.ended.get(0).end()).isEqualTo(Relay.End.DONE);
        assertThat(proxy.ended.get(0).down()).isEqualTo(3L * OK.length());
    }

    @Test
    void another_origin_gets_a_flow_of_its_own_and_the_old_one_ends_in_order() throws Exception {
        client.send(request("GET", "/1", ""));
        Wire first = accept();
        first.head();
        first.send(OK);
        client.head();
        client.read(2);
        String other = "b.test:" + origin.getLocalPort();
        client.send(request("GET", other, "/2", ""));
        Wire second = accept();
        assertThat(first.rest()).isEmpty();
        first.close();
        assertThat(second.head()).startsWith("GET /2 HTTP/1.1\r\nHost: b.test:");
        second.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
        assertThat(proxy.flows)
                .extracting(Flow::destination)
                .containsExactly(Destination.parse(at), Destination.parse(other));
        await().until(() -> proxy.ended.size() == 1);
        assertThat(proxy.ended.get(0).end()).isEqualTo(Relay.End.DONE);
    }

    @Test
    void pipelined_requests_are_answered_in_order() throws Exception {
        String other = "b.test:" + origin.getLocalPort();
        client.send(request("GET", "/1", "") + request("POST", "/2", "Content-Length: 3\r\n") + "abc"
                + request("GET", other, "/3", ""));
        Wire first = accept();
        assertThat(first.head()).startsWith("GET /1 ");
        first.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
        assertThat(first.head()).startsWith("POST /2 ");
        assertThat(first.read(3)).isEqualTo("abc");
        first.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n");
        Wire second = accept();
        assertThat(second.head()).startsWith("GET /3 ");
        second.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n3").close();
        assertThat(client.rest()).matches("(?s).*\r\n\r\n1HTTP.*\r\n\r\n1\r\n2\r\n0\r\n\r\nHTTP.*close\r\n\r\n3");
    }

    @Test
    void a_chunked_upload_passes_with_its_framing_and_trailers() throws Exception {
        String body = "5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
        client.send(request("POST", "/", "Transfer-Encoding: chunked\r\n") + body);
        Wire server = accept();
        assertThat(server.head()).isEqualTo(asked("POST", "/", "Transfer-Encoding: chunked\r\n"));
        assertThat(server.read(body.length())).isEqualTo(body);
        server.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
    }

    @Test
    void a_client_that_waits_for_100_continue_gets_it() throws Exception {
        client.send(request("POST", "/", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
        Wire server = accept();
        assertThat(server.head()).contains("Expect: 100-continue\r\n");
        server.send("HTTP/1.1 100 Continue\r\n\r\n");
        assertThat(client.head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        client.send("body");
        assertThat(server.read(4)).isEqualTo("body");
        server.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
    }

    @Test
    void responses_without_a_body_end_with_their_head() throws Exception {
        client.send(request("HEAD", "/", "") + request("GET", "/204", "") + request("GET", "/304", ""));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        assertThat(server.head()).startsWith("GET /204 ");
        server.send("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(server.head()).startsWith("GET /304 ");
        server.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n");
        assertThat(client.head()).contains("1000");
        assertThat(client.head()).contains("204");
        assertThat(client.head()).contains("304");
    }

    @Test
    void after_an_upgrade_bytes_flow_both_ways_and_ends_pass() throws Exception {
        client.send(request("GET", "/", "Connection: Upgrade\r\nUpgrade: websocket\r\n") + "early");
        Wire server = accept();
        assertThat(server.head()).isEqualTo(asked("GET", "/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
        String switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        server.send(switching + "\0raw");
        assertThat(client.head()).isEqualTo(switching);
        assertThat(client.read(4)).isEqualTo("\0raw");
        assertThat(server.read(5)).isEqualTo("early");
        client.send("\1more").end();
        assertThat(server.rest()).isEqualTo("\1more");
        server.send("last").close();
        assertThat(client.rest()).isEqualTo("last");
    }

    @Test
    void an_upgrade_that_the_origin_ends_first_is_half_closed() throws Exception {
        client.send(request("GET", "/", "Connection: Upgrade\r\nUpgrade: x\r\n"));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nbye")
                .end();
        client.head();
        assertThat(client.rest()).isEqualTo("bye");
        client.send("still").close();
        assertThat(server.rest()).isEqualTo("still");
    }

    @Test
    void a_response_until_close_ends_the_client_connection() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.0 200 OK\r\n\r\nall of it").close();
        assertThat(client.rest()).isEqualTo("HTTP/1.0 200 OK\r\n\r\nall of it");
    }

    @Test
    void a_client_that_ends_its_stream_still_gets_the_answer() throws Exception {
        client.send(request("GET", "/", "")).end();
        Wire server = accept();
        assertThat(server.head()).startsWith("GET / ");
        server.send(OK);
        assertThat(client.rest()).isEqualTo(OK);
    }

    @Test
    void a_request_cut_short_does_not_look_whole_to_the_origin() throws Exception {
        client.send(request("POST", "/", "Content-Length: 10\r\n") + "abc");
        Wire server = accept();
        server.head();
        assertThat(server.read(3)).isEqualTo("abc");
        client.end();
        assertThatThrownBy(() -> server.socket().getInputStream().read()).hasMessageContaining("reset");
        assertThat(client.rest()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x\r\n"})
    void an_answer_until_close_that_a_broken_request_ends_does_not_look_whole(String garbage) throws Exception {
        client.send(request("POST", "/", "Transfer-Encoding: chunked\r\n") + "2\r\nab\r\n");
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\n\r\npart");
        client.head();
        assertThat(client.read(4)).isEqualTo("part");
        client.send(garbage);
        if (garbage.isEmpty()) {
            client.end();
        }
        assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
    }

    @Test
    void a_broken_rest_of_a_request_does_not_spoil_an_answer_that_is_whole() throws Exception {
        client.send(request("POST", "/", "Transfer-Encoding: chunked\r\n") + "2\r\nab\r\n");
        Wire server = accept();
        server.head();
        server.send(OK);
        client.head();
        client.send("x\r\n");
        assertThat(client.rest()).isEqualTo("ok");
    }

    @Test
    void a_client_that_vanishes_resets_the_origin() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        client.reset();
        assertThatThrownBy(() -> server.socket().getInputStream().read()).hasMessageContaining("reset");
        await().until(() -> proxy.ended.size() == 1);
        assertThat(proxy.ended.get(0).end()).isEqualTo(Relay.End.CLIENT_RESET);
    }

    @Test
    void an_answer_before_the_end_of_the_request_passes_and_the_rest_is_still_taken() throws Exception {
        client.send(request("POST", "/", "Content-Length: 6\r\n") + "abc");
        Wire server = accept();
        server.head();
        server.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
        client.send("def" + request("GET", "/next", ""));
        assertThat(server.read(6)).isEqualTo("abcdef");
        assertThat(server.head()).startsWith("GET /next ");
    }

    @Test
    void an_early_answer_of_an_origin_that_closes_reaches_a_client_that_still_sends() throws Exception {
        client.send(request("POST", "/", "Content-Length: 6000000\r\n"));
        Wire server = accept();
        server.head();
        String refusal = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
        server.send(refusal).close();
        assertThat(client.rest()).isEqualTo(refusal);
    }

    // ---- origins that fail ----

    @Test
    void an_origin_that_closes_before_answering_is_a_502_and_the_connection_stays() throws Exception {
        client.send(request("GET", "/", ""));
        accept().close();
        String head = client.head();
        assertThat(head).startsWith("HTTP/1.1 502 ").contains("error=http_response_incomplete");
        client.read(length(head));
        client.send(request("GET", "/again", ""));
        Wire server = accept();
        assertThat(server.head()).startsWith("GET /again ");
    }

    @Test
    void a_body_cut_short_ends_the_client_connection() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").close();
        assertThat(client.rest()).endsWith("\r\n\r\nabc");
    }

    @Test
    void a_reset_of_the_origin_in_a_body_until_close_is_a_reset_for_the_client() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\n\r\nabc");
        client.head();
        client.read(3);
        server.reset();
        assertThatThrownBy(() -> client.socket().getInputStream().read()).hasMessageContaining("reset");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-x\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 101 x\r\nUpgrade: x\r\n\r\n",
            })
    void a_malformed_response_is_a_502(String response) throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send(response);
        assertThat(client.head()).startsWith("HTTP/1.1 502 ").contains("error=http_protocol_error");
        assertThatThrownBy(() -> server.socket().getInputStream().read()).hasMessageContaining("reset");
    }

    @Test
    void a_malformed_chunk_of_the_origin_ends_the_client_connection_with_a_reset() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.head();
        server.send("0x1\r\n");
        assertThatThrownBy(() -> client.socket().getInputStream().read()).hasMessageContaining("reset");
    }

    @Test
    void bytes_after_a_response_are_not_the_next_response() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        server.send(OK + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
        client.send(request("GET", "/2", ""));
        Wire other = accept();
        other.head();
        other.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
    }

    @Test
    void a_kept_connection_that_the_origin_closed_is_replaced() throws Exception {
        client.send(request("GET", "/1", ""));
        Wire server = accept();
        server.head();
        server.send(OK);
        client.head();
        client.read(2);
        server.close();
        await().until(() -> proxy.ended.size() == 1);
        client.send(request("POST", "/2", "Content-Length: 0\r\n"));
        Wire next = accept();
        assertThat(next.head()).startsWith("POST /2 ");
        next.send(OK);
        assertThat(client.head() + client.read(2)).isEqualTo(OK);
    }

    @Test
    void a_get_that_meets_a_dying_kept_connection_is_sent_again_but_a_post_is_not() throws Exception {
        client.send(request("GET", "/1", ""));
        Wire server = accept();
        server.head();
        server.send(OK);
        client.head();
        client.read(2);
        client.send(request("GET", "/2", ""));
        server.head();
        server.close();
        Wire next = accept();
        assertThat(next.head()).startsWith("GET /2 ");
        next.send(OK);
        client.head();
        client.read(2);
        client.send(request("POST", "/3", "Content-Length: 0\r\n"));
        next.head();
        next.close();
        assertThat(client.head()).startsWith("HTTP/1.1 502 ");
    }

    // ---- back-pressure ----

    @Test
    void a_client_that_does_not_read_stops_the_origin() throws Exception {
        client.send(request("GET", "/", ""));
        Wire server = accept();
        server.head();
        int size = 64 << 20;
        Thread writer = write(server, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n", size);
        await().until(() -> stalled(writer));
        client.head();
        assertThat(client.socket().getInputStream().readNBytes(size)).hasSize(size);
        writer.join();
    }

    @Test
    void an_origin_that_does_not_read_stops_the_client() throws Exception {
        int size = 64 << 20;
        Thread writer = write(client, request("POST", "/", "Content-Length: " + size + "\r\n"), size);
        Wire server = accept();
        await().until(() -> stalled(writer));
        assertThat(proxy.upstreams.get(0).unsafe().outboundBuffer().totalPendingWriteBytes())
                .isLessThan(1 << 20);
        server.head();
        assertThat(server.socket().getInputStream().readNBytes(size)).hasSize(size);
        writer.join();
    }

    @Test
    @Timeout(90)
    void a_client_that_does_not_read_its_error_pages_is_not_read_either() throws Exception {
        String requests = request("GET", "x.blocked.test", "/", "").repeat(20);
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 250_000; i++) {
                    client.send(requests);
                    progress.incrementAndGet();
                }
            } catch (IOException e) {
                progress.set(-1); // the test is over
            }
        });
        writer.start();
        await().atMost(java.time.Duration.ofSeconds(60)).until(() -> stalled(writer));
        client.reset();
        writer.join();
        assertThat(progress).hasValue(-1);
    }

    private Thread write(Wire to, String head, int size) {
        Thread writer = new Thread(() -> {
            try {
                to.send(head);
                byte[] block = new byte[1 << 16];
                for (int i = 0; i < size / block.length; i++) {
                    to.socket().getOutputStream().write(block);
                    progress.incrementAndGet();
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        return writer;
    }

    private boolean stalled(Thread writer) throws InterruptedException {
        long before = progress.get();
        Thread.sleep(300);
        return before > 0 && progress.get() == before && writer.isAlive();
    }

    // ---- errors and limits ----

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

    private static int length(String head) {
        return Integer.parseInt(head.replaceAll("(?s).*\r\nContent-Length: (\\d+)\r\n.*", "$1"));
    }
}

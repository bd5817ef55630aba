package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.net.Relay;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class HttpProxyTest extends ProxyScene {
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
}

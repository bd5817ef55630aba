package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ConnectTest extends ProxyScene {
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
}

package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class FailingOriginTest extends ProxyScene {
    private final AtomicLong progress = new AtomicLong();

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
}

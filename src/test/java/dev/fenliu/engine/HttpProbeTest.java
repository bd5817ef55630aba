package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Direct;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HttpProbeTest {
    private final EventLoopGroup loops = Sockets.loops(1);
    private final Dialer direct = new Direct(
            "direct",
            SocketOptions.DEFAULT,
            (name, loop) -> loop.newSucceededFuture(List.of(InetAddress.getLoopbackAddress())));
    private Web web;

    @BeforeEach
    void open() throws IOException {
        web = new Web();
    }

    @AfterEach
    void close() {
        web.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Future<HttpProbe.Answer> ask(URI uri, Duration timeout) throws Exception {
        return HttpProbe.ask(uri, direct, ClientTls.plain(), loops.next(), timeout)
                .await();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "200 OK\r\nContent-Length: 5\r\n\r\nloc=X",
                "200 OK\r\n\r\nloc=X",
                "302 Found\r\nLocation: /elsewhere\r\nContent-Length: 5\r\n\r\nloc=X",
                "403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nloc\r\n2\r\n=X\r\n0\r\n\r\n",
            })
    void every_answer_is_one_whatever_its_status(String answer) throws Exception {
        web.says("/trace", "HTTP/1.1 " + answer);
        HttpProbe.Answer got = ask(web.uri("/trace"), Duration.ofSeconds(10)).get();
        assertThat(got.status()).isEqualTo(Integer.parseInt(answer.substring(0, 3)));
        assertThat(got.body()).isEqualTo("loc=X");
        assertThat(got.delay()).isPositive();
        assertThat(web.asked).hasSize(1);
    }

    @Test
    void an_answer_without_content_ends_with_its_head() throws Exception {
        web.says("/", "HTTP/1.1 204 No Content\r\n\r\n");
        HttpProbe.Answer got = ask(web.uri("/"), Duration.ofSeconds(10)).get();
        assertThat(got.status()).isEqualTo(204);
        assertThat(got.body()).isEmpty();
    }

    @Test
    void of_a_long_answer_the_beginning_is_enough() throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1 << 20));
        assertThat(ask(web.uri("/"), Duration.ofSeconds(10)).get().body()).hasSize(64 << 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200", "SSH-2.0-x\r\n\r\n", "\u0000\u0001\r\n\r\n"})
    void what_is_no_answer_fails_although_it_connected(String answer) throws Exception {
        web.says("/", answer);
        Failure failure = (Failure) ask(web.uri("/"), Duration.ofSeconds(10)).cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TIMEOUT);
        assertThat(failure.text()).startsWith("127.0.0.1: ").doesNotContain("null");
    }

    @Test
    void a_server_that_is_silent_is_not_waited_for_and_the_connection_is_closed() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI uri = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            Failure failure = (Failure) ask(uri, Duration.ofMillis(200)).cause();
            assertThat(failure.text()).isEqualTo("127.0.0.1: no answer in 200 ms");
            try (var accepted = silent.accept()) {
                accepted.setSoTimeout(10_000);
                assertThat(accepted.getInputStream().readAllBytes()).isNotEmpty();
            }
        }
    }

    @Test
    void a_server_without_tls_has_not_answered() throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\n\r\n");
        URI https = URI.create(web.uri("/").toString().replace("http:", "https:"));
        assertThat(ask(https, Duration.ofSeconds(10)).cause()).isInstanceOf(Failure.class);
    }
}

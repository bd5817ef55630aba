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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HttpFetchTest {
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

    private Future<HttpFetch.Answer> get(URI uri, String etag) throws Exception {
        Future<HttpFetch.Answer> answer = HttpFetch.get(uri, direct, ClientTls.plain(), loops.next(), etag);
        assertThat(answer.await(20, TimeUnit.SECONDS)).isTrue();
        return answer;
    }

    private String content(String path) throws Exception {
        return new String(get(web.uri(path), null).get().content().orElseThrow(), StandardCharsets.UTF_8);
    }

    private String problem(String path) throws Exception {
        Throwable cause = get(web.uri(path), null).cause();
        assertThat(cause).isInstanceOf(Failure.class);
        return ((Failure) cause).text();
    }

    @Test
    void a_file_is_fetched_with_its_tag() throws Exception {
        web.has("/list?x=1", "\"v1\"", "a.test\nb.test\n");
        HttpFetch.Answer answer = get(web.uri("/list?x=1"), null).get();
        assertThat(answer.content()).contains("a.test\nb.test\n".getBytes(StandardCharsets.UTF_8));
        assertThat(answer.etag()).contains("\"v1\"");
        assertThat(web.asked.element().toLowerCase(java.util.Locale.ROOT))
                .startsWith("get /list?x=1 http/1.1\r\n")
                .contains("host: " + web.uri("").getAuthority() + "\r\n")
                .doesNotContain("if-none-match");
    }

    @Test
    void a_server_that_knows_our_tag_sends_nothing() throws Exception {
        web.says("/list", "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
        HttpFetch.Answer answer = get(web.uri("/list"), "\"v1\"").get();
        assertThat(answer.content()).isEmpty();
        assertThat(web.asked.element().toLowerCase(java.util.Locale.ROOT)).contains("if-none-match: \"v1\"\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\n\r\nhello",
                "Content-Length: 5\r\n\r\nhello and more than it said",
                "\r\nhello",
                "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
            })
    void content_comes_in_every_framing(String rest) throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\n" + rest);
        assertThat(content("/")).isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 O",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
                "SSH-2.0-OpenSSH_9\r\n",
                "\u0000\u0001\u0002\r\n\r\n",
            })
    void an_answer_that_is_cut_off_or_garbage_is_none(String answer) throws Exception {
        web.says("/", answer);
        assertThat(problem("/")).isNotEmpty().doesNotContain("null").doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"404 Not Found", "500 Oops", "204 No Content", "206 Partial Content", "301 No Location"})
    void any_other_answer_is_told(String status) throws Exception {
        web.says("/", "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
        assertThat(problem("/")).contains(status.substring(0, 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void redirects_are_followed(int status) throws Exception {
        web.says("/a/b", "HTTP/1.1 " + status + " x\r\nLocation: ../c\r\nContent-Length: 0\r\n\r\n");
        web.says(
                "/c",
                "HTTP/1.1 " + status + " x\r\nLocation: http://lists.test:"
                        + web.uri("").getPort() + "/d\r\nContent-Length: 0\r\n\r\n");
        web.has("/d", "x", "there");
        assertThat(content("/a/b")).isEqualTo("there");
        assertThat(List.copyOf(web.asked).get(2).toLowerCase(java.util.Locale.ROOT))
                .contains("host: lists.test:" + web.uri("").getPort() + "\r\n");
    }

    @Test
    void redirects_in_a_circle_end() throws Exception {
        web.says("/", "HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        assertThat(problem("/")).contains("redirects more than 5 times");
        assertThat(web.asked).hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/x", "file:///etc/passwd", "mailto:x@y", "//", "http://%zz", "http:///x"})
    void redirects_to_elsewhere_are_refused(String location) throws Exception {
        web.says("/", "HTTP/1.1 302 x\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n");
        assertThat(problem("/")).contains("redirects");
        assertThat(web.asked).hasSize(1);
    }

    @Test
    void a_file_that_is_too_long_is_not_taken() throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\nx");
        assertThat(problem("/")).isEqualTo("the answer is longer than 32 MiB");
    }

    @Test
    void a_file_that_grows_too_long_is_not_taken() throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat((32 << 20) + 1));
        assertThat(problem("/")).isEqualTo("the answer is longer than 32 MiB");
    }

    @Test
    void a_server_that_is_not_there_is_told() throws Exception {
        ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        closed.close();
        Throwable cause = get(URI.create("http://127.0.0.1:" + closed.getLocalPort()), null)
                .cause();
        assertThat(((Failure) cause).kind()).isEqualTo(Failure.Kind.REFUSED);
    }

    @Test
    void a_server_without_tls_is_not_taken_for_one_with() throws Exception {
        web.says("/", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        URI https = URI.create(web.uri("/").toString().replace("http:", "https:"));
        assertThat(get(https, null).cause()).isInstanceOf(Failure.class);
    }
}

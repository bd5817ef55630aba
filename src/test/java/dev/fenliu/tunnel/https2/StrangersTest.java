package dev.fenliu.tunnel.https2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.tunnel.Loopback;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever does not log in, at a server end with a site behind it and at one without. */
@Timeout(60)
class StrangersTest {
    private static final String WRONG =
            "Basic " + Base64.getEncoder().encodeToString("anna:wrong".getBytes(ISO_8859_1));

    private final Loopback here = new Loopback();
    private final Https2Ends ends = new Https2Ends(here);
    private final Stranger stranger = new Stranger(here);
    private HttpServer site;

    @BeforeEach
    void open() throws Exception {
        site = HttpServer.create(new InetSocketAddress(Loopback.LOCAL, 0), 0);
        site.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("X-Asked", exchange.getRequestMethod() + " " + exchange.getRequestURI());
            exchange.getResponseHeaders().add("Set-Cookie", "a=1");
            exchange.getResponseHeaders().add("Set-Cookie", "b=2");
            exchange.getResponseHeaders()
                    .add(
                            "X-Cookies",
                            String.valueOf(exchange.getRequestHeaders().get("Cookie")));
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : 0); // without or with chunks
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        site.start();
    }

    @AfterEach
    void close() throws Exception {
        site.stop(0);
        here.close();
    }

    @Test
    void requests_of_http_2_are_answered_by_the_site() throws Exception {
        int server = ends.server(Optional.of(siteAddress()));
        HttpClient client =
                HttpClient.newBuilder().sslContext(TestCertificates.server()).build();
        URI uri = URI.create("https://127.0.0.1:" + server + "/a?b=c");
        HttpResponse<String> page = client.send(
                HttpRequest.newBuilder(uri).header("Cookie", "x=y").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("x-asked")).contains("GET /a?b=c");
        assertThat(page.headers().firstValue("x-cookies")).contains("[x=y]");
        assertThat(page.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
        assertThat(page.headers().map()).doesNotContainKeys("connection", "transfer-encoding");
        byte[] body = new byte[3 << 20];
        new Random(1).nextBytes(body);
        HttpResponse<byte[]> echo = client.send(
                HttpRequest.newBuilder(uri)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(echo.body()).isEqualTo(body);
        assertThat(here.served.flows).isEmpty();
    }

    /** What it says of CONNECT, and of whatever else, is the site's business; the login makes no difference. */
    @Test
    void a_connect_without_the_right_login_is_a_request_like_any_other() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(StrangersTest::knowNoConnect))));
        String plain = stranger.http2(server, connect(null));
        assertThat(plain)
                .isEqualTo(stranger.http2(server, connect(WRONG)))
                .isEqualTo(stranger.http2(server, connect("Basic !")));
        assertThat(plain).startsWith("405 ").endsWith("\nno");
        assertThat(plain).doesNotContain("407").doesNotContain("proxy-");
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void over_http_1_1_every_byte_of_the_answer_is_the_sites() throws Exception {
        int echo = here.origin(Loopback::site);
        int server = ends.server(Optional.of(Loopback.local(echo)));
        for (String request : List.of(
                "GET / HTTP/1.1\r\nHost: vps.test\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: vps.test\r\nProxy-Authorization: " + WRONG + "\r\n\r\n",
                "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
                "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: " + WRONG + "\r\n\r\n",
                "CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: " + right() + "\r\nProxy-Authorization: " + right()
                        + "\r\n\r\n",
                "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "GET / HTTP/1.1\r\nProxy-Authorization: " + right() + "\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\n",
                "CONNECT " + "a".repeat(40_000),
                "\0\1\2",
                "\r\n\r\n")) {
            assertThat(Stranger.direct(echo, request)).isEqualTo(Stranger.http1(server, request));
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void without_a_site_no_page_is_found() throws Exception {
        int server = ends.server(Optional.empty());
        String stock = stranger.http2(server, connect(null));
        assertThat(stock).startsWith("404 ").endsWith("404 page not found\n");
        assertThat(stranger.http2(server, connect(WRONG))).isEqualTo(stock);
        assertThat(Stranger.http1(server, "GET / HTTP/1.1\r\nHost: vps.test\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404 Not Found\r\n")
                .endsWith("404 page not found\n");
        assertThat(Stranger.http1(server, "\0\r\n\r\n")).startsWith("HTTP/1.1 400 Bad Request\r\n");
    }

    @Test
    void a_site_that_is_down_is_a_bad_gateway() throws Exception {
        int nobody = here.origin((in, out, socket) -> {});
        int server = ends.server(Optional.of(Loopback.local(nobody)));
        assertThat(stranger.http2(server, connect(null))).startsWith("502 ");
        int resetting = ends.server(Optional.of(Loopback.local(here.origin(StrangersTest::reset))));
        assertThat(stranger.http2(resetting, connect(null))).startsWith("502 ");
    }

    @Test
    void clients_of_http_1_1_that_log_in_are_served() throws Exception {
        int server = ends.server(Optional.of(siteAddress()));
        int origin = here.origin(Loopback::greet);
        String connect =
                "CONNECT 127.0.0.1:" + origin + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: " + right() + "\r\n\r\n";
        assertThat(Stranger.http1(server, connect)).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n220 ready");
        String get = "GET http://127.0.0.1:" + site.getAddress().getPort() + "/x HTTP/1.1\r\nHost: 127.0.0.1:"
                + site.getAddress().getPort() + "\r\nConnection: close\r\nProxy-Authorization: " + right() + "\r\n\r\n";
        assertThat(Stranger.http1(server, get)).startsWith("HTTP/1.1 200 ").contains("GET /x");
        assertThat(here.served.flows).hasSize(2);
    }

    @Test
    void a_connection_of_http_1_1_is_kept_alive_only_while_its_users_are_those_of_the_listener() throws Exception {
        Acceptor acceptor = ends.acceptor(Map.of(), Optional.of(siteAddress()), Optional.empty());
        int server = here.serve(acceptor);
        String get = "GET http://127.0.0.1:" + site.getAddress().getPort() + "/x HTTP/1.1\r\nHost: 127.0.0.1:"
                + site.getAddress().getPort() + "\r\nProxy-Authorization: " + right() + "\r\n\r\n";
        try (Socket idle = Stranger.tls(server);
                Socket late = Stranger.tls(server)) {
            for (int i = 0; i < 2; i++) {
                idle.getOutputStream().write(get.getBytes(ISO_8859_1));
                assertThat(head(idle.getInputStream())).startsWith("HTTP/1.1 200 ");
            }
            acceptor.retire();
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
            late.getOutputStream().write(get.getBytes(ISO_8859_1));
            assertThat(late.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(here.served.flows).hasSize(1); // of one connection to one origin
    }

    private static void reset(InputStream in, OutputStream out, Socket socket) throws Exception {
        head(in);
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void knowNoConnect(InputStream in, OutputStream out, Socket socket) throws Exception {
        head(in);
        out.write("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 2\r\n\r\nno".getBytes(ISO_8859_1));
        in.read();
    }

    private Destination siteAddress() {
        return Loopback.local(site.getAddress().getPort());
    }

    private static String right() {
        return "Basic " + Base64.getEncoder().encodeToString(("x:" + Https2Ends.PASSWORD).getBytes(ISO_8859_1));
    }

    private static Http2Headers connect(String login) {
        Http2Headers headers = new DefaultHttp2Headers().method("CONNECT").authority("a.test:443");
        return login == null ? headers : headers.set("proxy-authorization", login);
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertThat(next).as("%s", head).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }
}

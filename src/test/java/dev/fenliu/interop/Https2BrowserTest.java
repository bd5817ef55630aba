package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.fenliu.config.Secret;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.https2.Https2Ends;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Chromium with our server end as its HTTPS proxy, and nothing of ours in between. */
@Tag("program")
@Timeout(180)
class Https2BrowserTest {
    private static final String SECRET = "k3v9x2mq7t1zr8wb.example";
    private static final int PARTS = 40;

    private final Loopback here = new Loopback();
    private final HttpHandler pages = exchange -> {
        boolean page = exchange.getRequestURI().getPath().equals("/page");
        byte[] body = (page
                        ? "<!DOCTYPE html><title>t</title><body>the page"
                        : "part" + exchange.getRequestURI().getQuery() + "x".repeat(20_000))
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", page ? "text/html" : "text/plain");
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    };

    @TempDir
    private Path folder;

    private HttpServer plain;
    private HttpsServer secure;
    private int server;

    @BeforeEach
    void open() throws Exception {
        plain = start(HttpServer.create(new InetSocketAddress(Loopback.LOCAL, 0), 0));
        secure = HttpsServer.create(new InetSocketAddress(Loopback.LOCAL, 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(TestCertificates.server()));
        start(secure);
        server = new Https2Ends(here)
                .server(
                        Map.of("anna", new Secret("annas")),
                        Optional.of(Loopback.local(here.origin(Loopback::site))),
                        Optional.of(new Secret(SECRET)));
    }

    private <S extends HttpServer> S start(S site) {
        site.createContext("/", pages);
        site.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        site.start();
        return site;
    }

    @AfterEach
    void close() throws Exception {
        plain.stop(0);
        secure.stop(0);
        here.close();
    }

    /** A page of each kind with many parts, each flow a stream of one connection. */
    @Test
    void chromium_logs_in_at_the_secret_name_and_has_each_page_over_one_connection() throws Exception {
        try (Chromium browser = browser("anna:annas")) {
            assertThat(browser.open("http://" + SECRET + "/")).contains("403 Forbidden");
            for (HttpServer site : new HttpServer[] {plain, secure}) {
                String origin = (site == secure ? "https" : "http") + "://127.0.0.1:"
                        + site.getAddress().getPort();
                assertThat(browser.open(origin + "/page")).isEqualTo("the page");
                assertThat(browser.evaluate(parts(origin))).isEqualTo(String.valueOf(PARTS));
            }
            assertThat(browser.challenges()).containsExactly("http://" + SECRET + "/");
        }
        assertThat(here.served.flows).allMatch(flow -> flow.user().equals(Optional.of("anna")));
        assertThat(clients(plain))
                .hasSizeGreaterThan(PARTS)
                .containsOnly(clients(plain).get(0));
        // Two that are open at once through one connection, which is none of HTTP/1.1 then.
        assertThat(clients(secure))
                .hasSizeGreaterThan(1)
                .containsOnly(clients(secure).get(0));
    }

    /** Of each flow to the site, the socket it came by. A browser has one for each site whose pages it shows. */
    private List<InetSocketAddress> clients(HttpServer site) {
        return here.served.flows.stream()
                .filter(flow -> flow.destination()
                        .equals(Loopback.local(site.getAddress().getPort())))
                .map(flow -> flow.source())
                .toList();
    }

    @Test
    void chromium_that_does_not_know_the_name_is_never_asked_for_a_password() throws Exception {
        try (Chromium browser = browser("anna:annas")) {
            assertThat(browser.open("http://127.0.0.1:" + plain.getAddress().getPort() + "/page"))
                    .startsWith("a harmless page for [GET /page HTTP/1.1");
            assertThat(browser.challenges()).isEmpty();
        }
        assertThat(here.served.flows).isEmpty();
    }

    private static String parts(String origin) {
        return "Promise.all([...Array(" + PARTS + ").keys()].map(i => fetch('" + origin
                + "/part?' + i).then(answer => answer.text()).then(text => text.startsWith('part' + i + 'x')"
                + " && text.length > 20000))).then(good => String(good.filter(each => each).length))";
    }

    private Chromium browser(String login) throws Exception {
        return new Chromium(
                folder,
                login,
                "--proxy-server=https://127.0.0.1:" + server,
                "--proxy-bypass-list=<-loopback>;*.google.com;*.googleapis.com",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--ignore-certificate-errors-spki-list=" + TestCertificates.pin(TestCertificates.text("server.pem")));
    }
}

package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import dev.fenliu.tunnel.https2.Https2Ends;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Our client against nghttpx as an HTTP/2 proxy, curl and nghttp2's clients against our server. */
class Https2InteropTest extends TunnelInterop {
    private static final String USER = "anna";

    private final Https2Ends ends = new Https2Ends(here);

    @Test
    void our_client_and_nghttpx_carry_bulk_both_ways() throws Exception {
        Destination echo = Loopback.local(here.origin(Loopback::echo));
        Traffic.echoed(new Socket(Loopback.LOCAL, here.forward(client("annas"), echo)), Traffic.SOME);
    }

    @Test
    void our_client_and_nghttpx_carry_two_hundred_flows_at_once() throws Exception {
        int port = here.forward(client("annas"), Loopback.local(here.origin(Loopback::echo)));
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, port));
    }

    @Test
    void the_end_of_an_answer_passes_nghttpx() throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client("annas"), origin))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void what_a_proxy_behind_nghttpx_refuses_is_told() throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        assertThat(failure(client("wrong"), origin).kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(failure(client("annas"), Loopback.local(Programs.freePort())).kind())
                .isEqualTo(Failure.Kind.REFUSED);
    }

    @Test
    void nghttpx_that_takes_no_udp_refuses_it_at_once() throws Exception {
        Outbound client = client("annas");
        var loop = here.loops().next();
        var opening = loop.submit(() -> client.openPackets(
                        dev.fenliu.net.Dial.own(Loopback.local(1), loop), new dev.fenliu.net.PacketSink() {
                            @Override
                            public void receive(Destination from, io.netty.buffer.ByteBuf payload) {
                                payload.release();
                            }

                            @Override
                            public void closed(Failure why) {}
                        }))
                .get();
        assertThat(((Failure) opening.await().cause()).kind()).isEqualTo(Failure.Kind.UNSUPPORTED);
    }

    /** By HTTP/1.1, and by HTTP/2 if this curl has that for proxies, which it has since 8.1. */
    @Test
    void curl_goes_through_our_server() throws Exception {
        int site = here.origin(Loopback::site);
        int server = ends.server(Map.of(USER, new Secret("annas")), Optional.of(Loopback.local(site)));
        String origin = "http://127.0.0.1:" + here.origin(Loopback::site) + "/through";
        boolean both = programs.run("curl", "--help", "all").contains("--proxy-http2");
        for (String protocol : both ? new String[] {"--http1.1", "--proxy-http2"} : new String[] {"--http1.1"}) {
            here.served.flows.clear();
            String page = curl(server, USER + ":annas", protocol, "--proxytunnel", origin);
            assertThat(page).startsWith("a harmless page for [GET /through HTTP/1.1");
            assertThat(curl(server, USER + ":annas", protocol, origin))
                    .startsWith("a harmless page for [GET /through HTTP/1.1");
            assertThat(here.served.flows).hasSize(2);
            assertThat(curl(server, USER + ":wrong", protocol, origin))
                    .startsWith("a harmless page for [GET ")
                    .contains(protocol.equals("--http1.1") ? "GET http://127.0.0.1:" : "GET /through");
            assertThat(here.served.flows).hasSize(2);
        }
    }

    @Test
    void clients_of_http_2_find_a_web_site() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        String url = "https://127.0.0.1:" + server + "/x";
        assertThat(programs.converse("", "nghttp", "-nv", url)).contains(":status: 200");
        assertThat(programs.converse("", "h2load", "-n", "500", "-c", "2", "-m", "50", url))
                .contains("500 succeeded, 0 failed");
        String ca = TestCertificates.path("ca.pem").toString();
        assertThat(programs.converse("", "curl", "-sSi", "--http2", "--max-time", "10", "--cacert", ca, url))
                .startsWith("HTTP/2 200")
                .contains("a harmless page for [GET /x HTTP/1.1\r\nhost: 127.0.0.1:" + server);
    }

    private String curl(int server, String login, String... more) throws Exception {
        String[] command = new String[10 + more.length];
        System.arraycopy(
                new String[] {
                    "curl",
                    "-sS",
                    "--max-time",
                    "10",
                    "--proxy-cacert",
                    TestCertificates.path("ca.pem").toString(),
                    "--proxy-user",
                    login,
                    "--proxy",
                    "https://127.0.0.1:" + server
                },
                0,
                command,
                0,
                10);
        System.arraycopy(more, 0, command, 10, more.length);
        return programs.converse("", command);
    }

    private Failure failure(Outbound client, Destination origin) throws Exception {
        RelayingHandler near = new RelayingHandler(client);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, origin))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        return near.failures.remove();
    }

    /** Through nghttpx and our HTTP proxy behind it, which asks for a password. */
    private Outbound client(String password) throws Exception {
        int proxy = here.serve(new HttpAcceptor(here.listener("http", Map.of(USER, new Secret("annas")))));
        int port = Programs.freePort();
        programs.serve(
                port,
                "nghttpx",
                "--conf=" + programs.write("nghttpx.conf", ""),
                "--http2-proxy",
                "--frontend=127.0.0.1," + port,
                "--backend=127.0.0.1," + proxy,
                "--workers=1",
                "--backend-connections-per-host=1000",
                "--no-ocsp",
                "--errorlog-file=/dev/stderr",
                TestCertificates.path("server.key").toString(),
                TestCertificates.path("server.pem").toString());
        return ends.client(port, USER, password);
    }
}

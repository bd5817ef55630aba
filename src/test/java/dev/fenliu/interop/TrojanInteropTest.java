package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.trojan.TrojanEnds;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Both ends of ours against trojan and V2Ray, and against those who look whether it is a web site. Not asked of trojan:
 * an answer after a half-close, for it takes one end for both, in either direction.
 */
@Tag("program")
@Timeout(300)
class TrojanInteropTest extends TunnelInterop {
    private final TrojanEnds ends = new TrojanEnds(here);

    @Test
    void our_client_and_trojan_carry_bulk_both_ways() throws Exception {
        Traffic.echoed(new Socket(Loopback.LOCAL, forward(ends.client(trojanServer()))), Traffic.BULK);
    }

    @Test
    void trojan_and_our_server_carry_bulk_both_ways() throws Exception {
        Traffic.echoed(Traffic.throughSocks(trojanClient(ourServer()), here.origin(Loopback::echo)), Traffic.BULK);
    }

    @Test
    void our_client_and_v2ray_carry_bulk_both_ways() throws Exception {
        Traffic.echoed(new Socket(Loopback.LOCAL, forward(ends.client(v2rayServer()))), Traffic.BULK);
    }

    @Test
    void v2ray_and_our_server_carry_bulk_both_ways() throws Exception {
        Traffic.echoed(new Socket(Loopback.LOCAL, v2rayClient(ourServer(), here.origin(Loopback::echo))), Traffic.BULK);
    }

    @Test
    void our_client_and_trojan_carry_datagrams() throws Exception {
        Traffic.datagrams(ends.client(trojanServer()), here);
    }

    @Test
    void trojan_and_our_server_carry_datagrams() throws Exception {
        Traffic.ask(trojanForward(ourServer(), here.datagramEcho()));
    }

    @Test
    void our_client_and_v2ray_carry_datagrams() throws Exception {
        Traffic.datagrams(ends.client(v2rayServer()), here);
    }

    @Test
    void v2ray_and_our_server_carry_datagrams() throws Exception {
        Traffic.ask(v2rayClient(ourServer(), here.datagramEcho()));
    }

    @Test
    void half_close_before_v2ray_still_lets_the_answer_through() throws Exception {
        Destination origin = Loopback.local(here.origin(Traffic::answerSoon));
        Traffic.halfClose(new Socket(Loopback.LOCAL, here.forward(ends.client(v2rayServer()), origin)));
    }

    @Test
    void half_close_behind_v2ray_still_lets_the_answer_through() throws Exception {
        int origin = here.origin(Traffic::answerSoon);
        Traffic.halfClose(new Socket(Loopback.LOCAL, v2rayClient(ourServer(), origin)));
    }

    @Test
    void the_end_of_an_answer_passes_every_server() throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        for (int server : new int[] {trojanServer(), v2rayServer()}) {
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), origin))) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
    }

    @Test
    void the_end_of_an_answer_passes_every_client() throws Exception {
        int origin = here.origin((in, out, socket) -> {
            in.read();
            Loopback.greet(in, out, socket);
        });
        for (Socket connected : List.of(
                Traffic.throughSocks(trojanClient(ourServer()), origin),
                new Socket(Loopback.LOCAL, v2rayClient(ourServer(), origin)))) {
            try (Socket socket = connected) {
                socket.getOutputStream().write('x'); // neither sends its request before there is something to send
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
    }

    @Test
    void trojan_takes_two_hundred_flows_at_once() throws Exception {
        int port = forward(ends.client(trojanServer()));
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, port));
    }

    @Test
    void our_server_takes_two_hundred_flows_at_once() throws Exception {
        int local = trojanClient(ourServer());
        int echo = here.origin(Loopback::echo);
        Traffic.crowd(() -> Traffic.throughSocks(local, echo));
    }

    @Test
    void curl_and_openssl_find_a_web_site() throws Exception {
        int server = ourServer();
        String ca = TestCertificates.path("ca.pem").toString();
        String page = programs.converse(
                "",
                "curl",
                "-sS",
                "--max-time",
                "10",
                "--cacert",
                ca,
                "--resolve",
                "vps.test:" + server + ":127.0.0.1",
                "https://vps.test:" + server + "/");
        assertThat(page).startsWith("a harmless page for [GET / HTTP/1.1\r\nHost: vps.test:" + server);
        String dialogue = programs.converse(
                "HEAD / HTTP/1.0\r\n\r\n",
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + server,
                "-servername",
                "vps.test",
                "-CAfile",
                ca,
                "-verify_return_error",
                "-quiet",
                "-alpn",
                "h2,http/1.1",
                "-ign_eof");
        assertThat(dialogue).contains("HTTP/1.1 200 OK").contains("a harmless page for [HEAD / HTTP/1.0");
    }

    @Test
    void a_wrong_password_leads_to_the_site_as_well() throws Exception {
        int server = ourServer();
        int local = trojan(
                Programs.freePort(), "client", "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server, "wrong");
        try (Socket socket = Traffic.throughSocks(local, here.origin(Loopback::echo))) {
            socket.getOutputStream().write("hello".getBytes(US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 200 OK");
        }
        assertThat(here.served.flows).isEmpty();
    }

    private int forward(Outbound outbound) throws Exception {
        return here.forward(outbound, Loopback.local(here.origin(Loopback::echo)));
    }

    private int ourServer() throws Exception {
        return ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
    }

    private int trojanServer() throws Exception {
        int site = here.origin(Loopback::site);
        return trojan(
                Programs.freePort(),
                "server",
                "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + site,
                TrojanEnds.PASSWORD);
    }

    /** A local SOCKS port. */
    private int trojanClient(int server) throws Exception {
        return trojan(
                Programs.freePort(),
                "client",
                "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server,
                TrojanEnds.PASSWORD);
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int trojanForward(int server, int destination) throws Exception {
        String where = "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server
                + ", \"target_addr\": \"127.0.0.1\", \"target_port\": " + destination;
        return trojan(Programs.freePort(), "forward", where, TrojanEnds.PASSWORD);
    }

    private int trojan(int port, String type, String where, String password) throws Exception {
        boolean server = type.equals("server");
        String tls = server
                ? "\"cert\": \"%s\", \"key\": \"%s\""
                        .formatted(TestCertificates.path("server.pem"), TestCertificates.path("server.key"))
                : "\"cert\": \"%s\", \"sni\": \"vps.test\", \"verify\": true, \"verify_hostname\": true"
                        .formatted(TestCertificates.path("ca.pem"));
        String config = """
            {"run_type": "%s", "local_addr": "127.0.0.1", "local_port": %d, %s, "password": ["%s"], "log_level": 2,
             "ssl": {%s, "alpn": ["http/1.1"], "reuse_session": true, "session_ticket": false}}
            """.formatted(type, port, where, password, tls);
        Path file = programs.write("trojan-" + port + ".json", config);
        programs.serve(port, "trojan", "-c", file.toString());
        return port;
    }

    private int v2rayServer() throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "trojan",
               "settings": {"clients": [{"password": "%s"}]},
               "streamSettings": {"network": "tcp", "security": "tls", "tlsSettings": {"certificates": [
                 {"certificateFile": "%s", "keyFile": "%s"}]}}}],
             "outbounds": [{"protocol": "freedom", "settings": {}}]}
            """.formatted(
                port, TrojanEnds.PASSWORD, TestCertificates.path("server.pem"), TestCertificates.path("server.key")));
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int v2rayClient(int server, int destination) throws Exception {
        int port = Programs.freePort();
        return v2ray(
                port, """
                    {"log": {"loglevel": "none"},
                     "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                       "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp,udp"}}],
                     "outbounds": [{"protocol": "trojan",
                       "settings": {"servers": [{"address": "127.0.0.1", "port": %d, "password": "%s"}]},
                       "streamSettings": {"network": "tcp", "security": "tls", "tlsSettings": {"serverName": "vps.test",
                         "disableSystemRoot": true, "certificates": [{"usage": "verify", "certificateFile": "%s"}]}}}]}
                    """.formatted(port, destination, server, TrojanEnds.PASSWORD, TestCertificates.path("ca.pem")));
    }

    private int v2ray(int port, String config) throws Exception {
        Path file = programs.write("v2ray-" + port + ".json", config);
        programs.serve(port, "v2ray", "-config", file.toString());
        return port;
    }
}

package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.trojan.TrojanEnds;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends of ours against V2Ray 4.34, which has WebSocket and HTTP/2. */
class TransportInteropTest extends TunnelInterop {
    private static final int SOME = 16 << 20;

    private final TrojanEnds ends = new TrojanEnds(here);

    /** Bulk, an answer to its last byte, and datagrams through V2Ray's server. */
    @ParameterizedTest
    @EnumSource(
            value = TransportOptions.Kind.class,
            names = {"WS", "H2"})
    void our_client_and_v2ray(TransportOptions.Kind kind) throws Exception {
        Outbound client = ends.client(v2rayServer(kind), options(kind));
        int echo = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        Traffic.echoed(new Socket(Loopback.LOCAL, echo), SOME);
        int whole = here.forward(client, Loopback.local(here.origin(TransportInteropTest::much)));
        all(new Socket(Loopback.LOCAL, whole));
        if (kind == TransportOptions.Kind.WS) { // V2Ray panics when the answers of two come at once over a WebSocket
            Destination one = Loopback.local(here.datagramEcho());
            Traffic.datagrams(client, here, one, one, one);
        } else {
            Traffic.datagrams(client, here);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportOptions.Kind.class,
            names = {"WS", "H2"})
    void v2ray_and_our_server(TransportOptions.Kind kind) throws Exception {
        int server = ends.server(Map.of(), Optional.empty(), Optional.of(options(kind)));
        Traffic.echoed(new Socket(Loopback.LOCAL, v2rayClient(kind, server, here.origin(Loopback::echo))), SOME);
        all(new Socket(Loopback.LOCAL, v2rayClient(kind, server, here.origin(TransportInteropTest::much))));
        Traffic.ask(v2rayClient(kind, server, here.datagramEcho()));
    }

    /** Sends much when it is asked, then ends. */
    private static void much(InputStream in, OutputStream out, Socket socket) throws Exception {
        in.read();
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < 8; i++) {
            out.write(block);
        }
    }

    private static void all(Socket connected) throws Exception {
        try (Socket socket = connected) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write('x');
            assertThat(socket.getInputStream().readAllBytes()).hasSize(8 << 20);
        }
    }

    private static TransportOptions options(TransportOptions.Kind kind) {
        return new TransportOptions(kind, "/t", List.of("cdn.test"), 0);
    }

    private static String settings(TransportOptions.Kind kind) {
        return kind == TransportOptions.Kind.WS
                ? "\"network\": \"ws\", \"wsSettings\": {\"path\": \"/t\", \"headers\": {\"Host\": \"cdn.test\"}}"
                : "\"network\": \"h2\", \"httpSettings\": {\"path\": \"/t\", \"host\": [\"cdn.test\"]}";
    }

    private int v2rayServer(TransportOptions.Kind kind) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "trojan",
               "settings": {"clients": [{"password": "%s"}]},
               "streamSettings": {%s, "security": "tls", "tlsSettings": {"certificates": [
                 {"certificateFile": "%s", "keyFile": "%s"}]}}}],
             "outbounds": [{"protocol": "freedom", "settings": {}}]}
            """.formatted(
                        port,
                        TrojanEnds.PASSWORD,
                        settings(kind),
                        TestCertificates.path("server.pem"),
                        TestCertificates.path("server.key")));
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int v2rayClient(TransportOptions.Kind kind, int server, int destination) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
               "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp,udp"}}],
             "outbounds": [{"protocol": "trojan",
               "settings": {"servers": [{"address": "127.0.0.1", "port": %d, "password": "%s"}]},
               "streamSettings": {%s, "security": "tls", "tlsSettings": {"serverName": "vps.test",
                 "disableSystemRoot": true, "certificates": [{"usage": "verify", "certificateFile": "%s"}]}}}]}
            """.formatted(
                port, destination, server, TrojanEnds.PASSWORD, settings(kind), TestCertificates.path("ca.pem")));
    }

    private int v2ray(int port, String config) throws Exception {
        Path file = programs.write("v2ray-" + port + ".json", config);
        programs.serve(port, "v2ray", "-config", file.toString());
        return port;
    }
}

package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.vless.VlessEnds;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends of ours against V2Ray, plainly inside TLS and in transports. */
class VlessInteropTest extends TunnelInterop {
    private final VlessEnds ends = new VlessEnds(here);

    @Test
    void our_client_and_v2ray_carry_bulk_datagrams_and_ends() throws Exception {
        var client = ends.client(server());
        int echo = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        Traffic.echoed(new Socket(Loopback.LOCAL, echo), Traffic.SOME);
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, echo));
        Traffic.datagrams(client, here);
        Destination greeting = Loopback.local(here.origin(Loopback::greet));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, greeting))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        Destination slow = Loopback.local(here.origin(Traffic::answerSoon));
        Traffic.halfClose(new Socket(Loopback.LOCAL, here.forward(client, slow)));
    }

    @Test
    void v2ray_and_our_server_carry_bulk_datagrams_and_ends() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        int echo = here.origin(Loopback::echo);
        int local = client(server, echo);
        Traffic.echoed(new Socket(Loopback.LOCAL, local), Traffic.SOME);
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, local));
        Traffic.ask(client(server, here.datagramEcho()));
        Traffic.halfClose(new Socket(Loopback.LOCAL, client(server, here.origin(Traffic::answerSoon))));
    }

    @ParameterizedTest
    @EnumSource
    void our_client_speaks_transports_of_v2ray(Transport transport) throws Exception {
        var client = ends.client(server(transport.settings), transport.options());
        int echo = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        Traffic.echoed(new Socket(Loopback.LOCAL, echo), 4 << 20);
        Traffic.datagrams(client, here);
    }

    @ParameterizedTest
    @EnumSource
    void our_server_speaks_transports_of_v2ray(Transport transport) throws Exception {
        int server = ends.server(Optional.empty(), Optional.of(transport.options()));
        int local = client(server, here.origin(Loopback::echo), transport.settings);
        Traffic.echoed(new Socket(Loopback.LOCAL, local), 4 << 20);
    }

    /** As both programs write them. */
    private enum Transport {
        WS(
                TransportOptions.Kind.WS,
                "\"network\": \"ws\", \"wsSettings\": {\"path\": \"/x\", \"headers\": {\"Host\": \"vps.test\"}}"),
        H2(
                TransportOptions.Kind.H2,
                "\"network\": \"http\", \"httpSettings\": {\"path\": \"/x\", \"host\": [\"vps.test\"]}");

        private final TransportOptions.Kind kind;
        private final String settings;

        Transport(TransportOptions.Kind kind, String settings) {
            this.kind = kind;
            this.settings = settings;
        }

        TransportOptions options() {
            return new TransportOptions(kind, "/x", List.of("vps.test"), 0);
        }
    }

    private int server() throws Exception {
        return server("\"network\": \"tcp\"");
    }

    private int server(String transport) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "vless",
               "settings": {"clients": [{"id": "%s"}], "decryption": "none"},
               "streamSettings": {%s, "security": "tls", "tlsSettings": {"certificates": [
                 {"certificateFile": "%s", "keyFile": "%s"}]}}}],
             "outbounds": [{"protocol": "freedom", "settings": {}}]}
            """.formatted(
                        port,
                        VlessEnds.UUID,
                        transport,
                        TestCertificates.path("server.pem"),
                        TestCertificates.path("server.key")));
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int client(int server, int destination) throws Exception {
        return client(server, destination, "\"network\": \"tcp\"");
    }

    private int client(int server, int destination, String transport) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
               "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp,udp"}}],
             "outbounds": [{"protocol": "vless",
               "settings": {"vnext": [{"address": "127.0.0.1", "port": %d,
                 "users": [{"id": "%s", "encryption": "none"}]}]},
               "streamSettings": {%s, "security": "tls", "tlsSettings": {"serverName": "vps.test",
                 "disableSystemRoot": true, "certificates": [{"usage": "verify", "certificateFile": "%s"}]}}}]}
            """.formatted(
                        port, destination, server, VlessEnds.UUID, transport, TestCertificates.path("ca.pem")));
    }

    private int v2ray(int port, String config) throws Exception {
        Path file = programs.write("v2ray-" + port + ".json", config);
        programs.serve(port, "v2ray", "-config", file.toString());
        return port;
    }
}

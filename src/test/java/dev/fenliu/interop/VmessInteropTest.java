package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.vmess.VmessEnds;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Our client end against V2Ray. */
class VmessInteropTest extends TunnelInterop {
    private final VmessEnds ends = new VmessEnds(here);

    @Test
    void our_client_and_v2ray_carry_bulk_datagrams_and_ends() throws Exception {
        int server = server("");
        assertCarries(ends.client(server), Traffic.SOME);
        assertCarries(ends.client(server, "chacha20-poly1305", false), 4 << 20);
    }

    @Test
    void our_client_and_v2ray_carry_the_same_inside_tls() throws Exception {
        int server = server("""
            , "streamSettings": {"network": "tcp", "security": "tls", "tlsSettings": {"certificates": [
              {"certificateFile": "%s", "keyFile": "%s"}]}}
            """.formatted(TestCertificates.path("server.pem"), TestCertificates.path("server.key")));
        assertCarries(ends.client(server, "aes-128-gcm", true), 4 << 20);
        assertCarries(ends.client(server, "none", true), Traffic.SOME);
    }

    @Test
    void our_client_and_v2ray_speak_a_web_socket_inside_tls_and_without() throws Exception {
        TransportOptions ws = new TransportOptions(TransportOptions.Kind.WS, "/x", List.of(), 0);
        int plain = server(", \"streamSettings\": {\"network\": \"ws\", \"wsSettings\": {\"path\": \"/x\"}}");
        assertCarries(ends.client(plain, "aes-128-gcm", false, Optional.of(ws)), 4 << 20);
        int secured = server("""
            , "streamSettings": {"network": "ws", "wsSettings": {"path": "/x"}, "security": "tls",
              "tlsSettings": {"certificates": [{"certificateFile": "%s", "keyFile": "%s"}]}}
            """.formatted(TestCertificates.path("server.pem"), TestCertificates.path("server.key")));
        assertCarries(ends.client(secured, "none", true, Optional.of(ws)), 4 << 20);
    }

    private void assertCarries(Outbound client, int bytes) throws Exception {
        int echo = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        Traffic.echoed(new Socket(Loopback.LOCAL, echo), bytes);
        Traffic.datagrams(client, here);
        int greeting = here.forward(client, Loopback.local(here.origin(Loopback::greet)));
        try (Socket socket = new Socket(Loopback.LOCAL, greeting)) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        int soon = here.forward(client, Loopback.local(here.origin(Traffic::answerSoon)));
        Traffic.halfClose(new Socket(Loopback.LOCAL, soon));
    }

    private int server(String settings) throws Exception {
        int port = Programs.freePort();
        Path file = programs.write("v2ray-" + port + ".json", """
            {"log": {"loglevel": "none"},
             "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "vmess",
               "settings": {"clients": [{"id": "%s", "alterId": 0}]}%s}],
             "outbounds": [{"protocol": "freedom", "settings": {}}]}
            """.formatted(port, VmessEnds.UUID, settings));
        programs.serve(port, "v2ray", "-config", file.toString());
        return port;
    }
}

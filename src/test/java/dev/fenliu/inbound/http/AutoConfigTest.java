package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class AutoConfigTest extends ProxyScene {
    private static String ask(String method, String path, String host) {
        return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }

    @Test
    void the_script_is_answered_and_the_connection_serves_on() throws Exception {
        client.send(ask("GET", "/proxy.pac", "192.168.1.1:7890") + ask("HEAD", "/wpad.dat", "wpad"));
        String head = client.head();
        assertThat(head)
                .startsWith("HTTP/1.1 200 OK\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n")
                .contains("\r\nCache-Control: no-store\r\n", "\r\nX-Content-Type-Options: nosniff\r\n")
                .doesNotContain("Access-Control", "Connection:");
        assertThat(client.read(length(head))).isEqualTo("// 192.168.1.1:7890 false\n");
        head = client.head();
        assertThat(length(head)).isEqualTo("// wpad:80 false\n".length());
        client.send(request("GET", "/", ""));
        assertThat(accept().head()).startsWith("GET / ");
        assertThat(proxy.flows).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "192.168.1.1, 192.168.1.1:80",
        "192.168.1.1:7890, 192.168.1.1:7890",
        "[FD00::1]:7890, [fd00::1]:7890",
        "[::1], [::1]:80",
        "[fe80::1%eth0]:1, [fe80::1]:1",
        "Proxy.LAN.:7890, proxy.lan:7890",
    })
    void the_proxy_is_called_as_the_client_calls_it(String host, String proxy) throws Exception {
        client.send(ask("GET", "/proxy.pac?x=y", host));
        assertThat(client.read(length(client.head()))).isEqualTo("// " + proxy + " false\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /proxy.pac HTTP/1.1\r\n\r\n",
                "GET /proxy.pac HTTP/1.0\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost:\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost: a\"; b\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost: <script>\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost: a:0\r\n\r\n",
                "GET /proxy.pac HTTP/1.1\r\nHost: a@b\r\n\r\n",
                "POST /proxy.pac HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                "GET /proxy.pac/ HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET //proxy.pac HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /Proxy.pac HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /./proxy.pac HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            })
    void anything_else_is_a_bad_request_as_ever(String request) throws Exception {
        client.send(request);
        assertThat(client.rest()).startsWith("HTTP/1.1 400 ").contains("\r\nConnection: close\r\n");
    }

    @Test
    void a_client_of_http_1_0_or_with_a_body_gets_it_and_the_connection_ends() throws Exception {
        client.send("GET /proxy.pac HTTP/1.0\r\nHost: a\r\n\r\n");
        assertThat(client.rest()).contains("\r\nConnection: close\r\n").endsWith("\r\n\r\n// a:80 false\n");
        try (Wire other = Wire.to(proxy.port())) {
            other.send("GET /proxy.pac HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nGET / HTT");
            assertThat(other.rest()).contains("\r\nConnection: close\r\n").endsWith("\r\n\r\n// a:80 false\n");
        }
    }

    @Test
    void the_same_path_of_an_origin_is_the_origins() throws Exception {
        client.send(request("GET", "/proxy.pac", ""));
        assertThat(accept().head()).startsWith("GET /proxy.pac ");
    }

    @Test
    void no_password_is_asked_for() throws Exception {
        try (ToyProxy closed = new ToyProxy(Map.of("anna", new Secret("pw")));
                Wire wire = Wire.to(closed.port())) {
            wire.send(ask("GET", "/proxy.pac", "a"));
            assertThat(wire.read(length(wire.head()))).isEqualTo("// a:80 false\n");
            wire.send(request("GET", "/", ""));
            assertThat(wire.head()).startsWith("HTTP/1.1 407 ");
        }
    }
}

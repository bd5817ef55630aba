package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.transport.TransportOptions.Kind;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.trojan.TrojanEnds;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A web server of others on the tunnel's port, which hands one path of its site to our server end. */
class NginxInteropTest extends TunnelInterop {
    private static final int SOME = 4 << 20;

    private final TrojanEnds ends = new TrojanEnds(here);

    @ParameterizedTest
    @CsvSource({"WS, /t, 0", "WS, /t, 2048", "HTTPUPGRADE, /t, 0", "GRPC, /t/Tun|TunMulti, 0"})
    void a_tunnel_goes_through_nginx(Kind kind, String path, int early) throws Exception {
        Outbound client = ends.client(nginx(kind), new TransportOptions(kind, path, List.of("vps.test"), early));
        int echo = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        Traffic.echoed(new Socket(Loopback.LOCAL, echo), SOME);
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, echo));
        try (Socket socket =
                new Socket(Loopback.LOCAL, here.forward(client, Loopback.local(here.origin(Loopback::greet))))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        Traffic.datagrams(client, here);
    }

    @Test
    void strangers_see_the_site_of_nginx_and_nothing_below_the_path() throws Exception {
        String url = "https://127.0.0.1:" + nginx(Kind.WS);
        assertThat(page(url + "/")).startsWith("HTTP/2 200").endsWith("a site");
        assertThat(page(url + "/t")).startsWith("HTTP/2 404");
        assertThat(here.served.flows).isEmpty();
    }

    private String page(String url) throws Exception {
        String ca = TestCertificates.path("ca.pem").toString();
        return programs.converse("", "curl", "-sSi", "--max-time", "10", "--cacert", ca, url);
    }

    /** Its port; the server end behind it has TLS of its own, as it always has. */
    private int nginx(Kind kind) throws Exception {
        boolean grpc = kind == Kind.GRPC;
        TransportOptions options = new TransportOptions(kind, grpc ? "/t/Tun" : "/t", List.of(), 0);
        int server = ends.server(Map.of(), Optional.empty(), Optional.of(options));
        int port = Programs.freePort();
        String config = """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path .;
                    proxy_temp_path .;
                    fastcgi_temp_path .;
                    uwsgi_temp_path .;
                    scgi_temp_path .;
                    server {
                        listen 127.0.0.1:%d ssl http2;
                        ssl_certificate %s;
                        ssl_certificate_key %s;
                        client_max_body_size 0;
                        location / {
                            return 200 "a site";
                        }
                        location /t {
                            %s
                        }
                    }
                }
                """.formatted(
                        port,
                        TestCertificates.path("server.pem"),
                        TestCertificates.path("server.key"),
                        grpc
                                ? "grpc_pass grpcs://127.0.0.1:" + server + ";"
                                : "proxy_pass https://127.0.0.1:" + server + "; proxy_http_version 1.1;"
                                        + " proxy_set_header Upgrade $http_upgrade;"
                                        + " proxy_set_header Connection $http_connection;"
                                        + " proxy_set_header Host $host;");
        programs.serve(
                port,
                "nginx",
                "-e",
                "stderr",
                "-p",
                folder.toString(),
                "-c",
                programs.write("nginx.conf", config).toString());
        return port;
    }
}

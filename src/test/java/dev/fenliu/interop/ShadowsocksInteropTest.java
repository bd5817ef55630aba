package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksEnds;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of ours against shadowsocks-libev and V2Ray. */
@Tag("program")
@Timeout(300)
class ShadowsocksInteropTest extends TunnelInterop {
    private static final String AES = "aes-128-gcm";

    private final ShadowsocksEnds ends = new ShadowsocksEnds(here);
    private final BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_ss_server_carry_bulk_both_ways(String method) throws Exception {
        Traffic.echoed(
                new Socket(Loopback.LOCAL, forward(ends.client(method, ShadowsocksEnds.PASSWORD, ssServer(method)))),
                length(method));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void ss_local_and_our_server_carry_bulk_both_ways(String method) throws Exception {
        Traffic.echoed(
                Traffic.throughSocks(ssLocal(method, ends.server(method)), here.origin(Loopback::echo)),
                length(method));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_v2ray_carry_bulk_both_ways(String method) throws Exception {
        Traffic.echoed(
                new Socket(Loopback.LOCAL, forward(ends.client(method, ShadowsocksEnds.PASSWORD, v2rayServer(method)))),
                length(method));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void v2ray_and_our_server_carry_bulk_both_ways(String method) throws Exception {
        int echo = here.origin(Loopback::echo);
        Traffic.echoed(new Socket(Loopback.LOCAL, v2rayClient(method, ends.server(method), echo)), length(method));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_ss_server_carry_datagrams(String method) throws Exception {
        Traffic.datagrams(ends.client(method, ShadowsocksEnds.PASSWORD, ssServer(method)), here);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_v2ray_carry_datagrams(String method) throws Exception {
        Traffic.datagrams(ends.client(method, ShadowsocksEnds.PASSWORD, v2rayServer(method)), here);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void ss_tunnel_and_our_server_carry_datagrams(String method) throws Exception {
        int echo = here.datagramEcho();
        int local = Programs.freePort();
        programs.serve(
                local,
                "ss-tunnel",
                "-u",
                "-s",
                "127.0.0.1",
                "-p",
                "" + ends.server(method),
                "-l",
                "" + local,
                "-b",
                "127.0.0.1",
                "-k",
                ShadowsocksEnds.PASSWORD,
                "-m",
                method,
                "-L",
                "127.0.0.1:" + echo);
        Traffic.ask(local);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void v2ray_and_our_server_carry_datagrams(String method) throws Exception {
        Traffic.ask(v2rayClient(method, ends.server(method), here.datagramEcho()));
    }

    // Neither program carries an answer once the question has ended (V2Ray waits a second, libev not at all), with
    // or without us; but a question must arrive whole, and then end.

    @Test
    void the_end_of_a_question_passes_our_client_and_both_servers() throws Exception {
        for (int server : List.of(ssServer(AES), v2rayServer(AES))) {
            int port = here.forward(ends.client(AES, ShadowsocksEnds.PASSWORD, server), listeningOrigin());
            question(new Socket(Loopback.LOCAL, port));
        }
    }

    @Test
    void the_end_of_a_question_passes_both_clients_and_our_server() throws Exception {
        int server = ends.server(AES);
        Destination origin = listeningOrigin();
        question(Traffic.throughSocks(ssLocal(AES, server), origin.port()));
        question(new Socket(Loopback.LOCAL, v2rayClient(AES, server, origin.port())));
    }

    @Test
    void the_end_of_an_answer_passes_ss_server_and_ss_local() throws Exception {
        int origin = here.origin(Loopback::greet);
        Outbound client = ends.client(AES, ShadowsocksEnds.PASSWORD, ssServer(AES));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, Loopback.local(origin)))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        // ss-local dials when it has bytes to send.
        try (Socket socket = Traffic.throughSocks(ssLocal(AES, ends.server(AES)), origin)) {
            socket.getOutputStream().write('x');
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void ss_server_takes_two_hundred_flows_at_once() throws Exception {
        int port = forward(ends.client(AES, ShadowsocksEnds.PASSWORD, ssServer(AES)));
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, port));
    }

    @Test
    void our_server_takes_two_hundred_flows_at_once() throws Exception {
        int local = ssLocal(AES, ends.server(AES));
        int echo = here.origin(Loopback::echo);
        Traffic.crowd(() -> Traffic.throughSocks(local, echo));
    }

    /** A cipher more makes no other program. */
    private static int length(String method) {
        return method.equals(AES) ? Traffic.BULK : Traffic.SOME;
    }

    private int forward(Outbound outbound) throws Exception {
        return here.forward(outbound, Loopback.local(here.origin(Loopback::echo)));
    }

    private Destination listeningOrigin() throws Exception {
        return Loopback.local(here.origin((in, out, socket) -> {
            int length = in.readAllBytes().length;
            if (length > 0) { // a probe whether V2Ray listens gets here too
                heard.add(length);
            }
        }));
    }

    private void question(Socket connected) throws Exception {
        try (Socket socket = connected) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(100_000);
        }
    }

    private int ssServer(String method) throws Exception {
        int port = Programs.freePort();
        programs.serve(
                port,
                "ss-server",
                "-u",
                "-s",
                "127.0.0.1",
                "-p",
                "" + port,
                "-k",
                ShadowsocksEnds.PASSWORD,
                "-m",
                method);
        return port;
    }

    private int ssLocal(String method, int server) throws Exception {
        int port = Programs.freePort();
        programs.serve(
                port,
                "ss-local",
                "-s",
                "127.0.0.1",
                "-p",
                "" + server,
                "-l",
                "" + port,
                "-b",
                "127.0.0.1",
                "-k",
                ShadowsocksEnds.PASSWORD,
                "-m",
                method);
        return port;
    }

    private int v2rayServer(String method) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
                {"log": {"loglevel": "none"},
                 "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "shadowsocks",
                   "settings": {"method": "%s", "password": "%s", "network": "tcp,udp"}}],
                 "outbounds": [{"protocol": "freedom", "settings": {}}]}
                """.formatted(port, method, ShadowsocksEnds.PASSWORD));
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int v2rayClient(String method, int server, int destination) throws Exception {
        int port = Programs.freePort();
        return v2ray(port, """
                {"log": {"loglevel": "none"},
                 "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                   "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp,udp"}}],
                 "outbounds": [{"protocol": "shadowsocks", "settings": {"servers": [
                   {"address": "127.0.0.1", "port": %d, "method": "%s", "password": "%s"}]}}]}
                """.formatted(port, destination, server, method, ShadowsocksEnds.PASSWORD));
    }

    private int v2ray(int port, String config) throws Exception {
        Path file = programs.write("v2ray-" + port + ".json", config);
        programs.serve(port, "v2ray", "-config", file.toString());
        return port;
    }
}

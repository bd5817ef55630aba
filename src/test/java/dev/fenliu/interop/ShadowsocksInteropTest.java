package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.shadowsocks.TunnelEnds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of ours against shadowsocks-libev and V2Ray. */
@Tag("program")
@Timeout(120)
class ShadowsocksInteropTest {
    private static final int BULK = 64 << 20;
    private static final String AES = "aes-128-gcm";

    private final TunnelEnds ends = new TunnelEnds();
    private final BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
    private final List<Process> programs = new ArrayList<>();

    @TempDir
    private Path folder;

    @AfterEach
    void close() throws Exception {
        ends.close();
        for (Process program : programs) {
            program.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_ss_server_carry_bulk_both_ways(String method) throws Exception {
        bulk(new Socket(TunnelEnds.LOCAL, forward(ends.client(method, TunnelEnds.PASSWORD, ssServer(method)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void ss_local_and_our_server_carry_bulk_both_ways(String method) throws Exception {
        bulk(throughSocks(ssLocal(method, ends.server(method)), ends.origin(TunnelEnds::echo)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_v2ray_carry_bulk_both_ways(String method) throws Exception {
        bulk(new Socket(TunnelEnds.LOCAL, forward(ends.client(method, TunnelEnds.PASSWORD, v2rayServer(method)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void v2ray_and_our_server_carry_bulk_both_ways(String method) throws Exception {
        int echo = ends.origin(TunnelEnds::echo);
        bulk(new Socket(TunnelEnds.LOCAL, v2rayClient(method, ends.server(method), echo)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_ss_server_carry_datagrams(String method) throws Exception {
        datagrams(ends.client(method, TunnelEnds.PASSWORD, ssServer(method)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void our_client_and_v2ray_carry_datagrams(String method) throws Exception {
        datagrams(ends.client(method, TunnelEnds.PASSWORD, v2rayServer(method)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void ss_tunnel_and_our_server_carry_datagrams(String method) throws Exception {
        int echo = ends.datagramEcho();
        int local = freePort();
        start(
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
                TunnelEnds.PASSWORD,
                "-m",
                method,
                "-L",
                "127.0.0.1:" + echo);
        ask(local);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void v2ray_and_our_server_carry_datagrams(String method) throws Exception {
        ask(v2rayClient(method, ends.server(method), ends.datagramEcho()));
    }

    // Neither program carries an answer once the question has ended (V2Ray waits a second, libev not at all), with
    // or without us; but a question must arrive whole, and then end.

    @Test
    void the_end_of_a_question_passes_our_client_and_both_servers() throws Exception {
        for (int server : List.of(ssServer(AES), v2rayServer(AES))) {
            int port = ends.forward(ends.client(AES, TunnelEnds.PASSWORD, server), listeningOrigin());
            question(new Socket(TunnelEnds.LOCAL, port));
        }
    }

    @Test
    void the_end_of_a_question_passes_both_clients_and_our_server() throws Exception {
        int server = ends.server(AES);
        Destination origin = listeningOrigin();
        question(throughSocks(ssLocal(AES, server), origin.port()));
        question(new Socket(TunnelEnds.LOCAL, v2rayClient(AES, server, origin.port())));
    }

    @Test
    void the_end_of_an_answer_passes_ss_server_and_ss_local() throws Exception {
        int origin = ends.origin(TunnelEnds::greet);
        Outbound client = ends.client(AES, TunnelEnds.PASSWORD, ssServer(AES));
        try (Socket socket = new Socket(TunnelEnds.LOCAL, ends.forward(client, TunnelEnds.local(origin)))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        // ss-local dials when it has bytes to send.
        try (Socket socket = throughSocks(ssLocal(AES, ends.server(AES)), origin)) {
            socket.getOutputStream().write('x');
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void ss_server_takes_two_hundred_flows_at_once() throws Exception {
        int port = forward(ends.client(AES, TunnelEnds.PASSWORD, ssServer(AES)));
        crowd(() -> new Socket(TunnelEnds.LOCAL, port));
    }

    @Test
    void our_server_takes_two_hundred_flows_at_once() throws Exception {
        int local = ssLocal(AES, ends.server(AES));
        int echo = ends.origin(TunnelEnds::echo);
        crowd(() -> throughSocks(local, echo));
    }

    private int forward(Outbound outbound) throws Exception {
        return ends.forward(outbound, TunnelEnds.local(ends.origin(TunnelEnds::echo)));
    }

    /** Compares as it reads, and ends its side only then: shadowsocks-libev takes one end for both. */
    private static void bulk(Socket connected) throws Exception {
        byte[] block = new byte[1 << 20];
        new Random(2).nextBytes(block);
        try (Socket socket = connected) {
            Thread writer = new Thread(() -> {
                try {
                    OutputStream out = socket.getOutputStream();
                    for (int sent = 0; sent < BULK; sent += block.length) {
                        out.write(block);
                    }
                } catch (IOException e) {
                    // the reader says so
                }
            });
            writer.start();
            InputStream in = socket.getInputStream();
            for (int received = 0; received < BULK; received += block.length) {
                byte[] back = in.readNBytes(block.length);
                assertThat(Arrays.equals(back, block))
                        .as("block at %d", received)
                        .isTrue();
            }
            writer.join();
        }
    }

    private Destination listeningOrigin() throws Exception {
        return TunnelEnds.local(ends.origin((in, out, socket) -> {
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

    private static void crowd(Callable<Socket> connector) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Socket socket = connector.call();
            socket.getOutputStream().write(("flow " + (1000 + i)).getBytes(US_ASCII));
            sockets.add(socket);
        }
        for (int i = 0; i < sockets.size(); i++) {
            byte[] back = sockets.get(i).getInputStream().readNBytes(9);
            assertThat(back).asString().isEqualTo("flow " + (1000 + i));
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void datagrams(Outbound client) throws Exception {
        Destination one = TunnelEnds.local(ends.datagramEcho());
        Destination other = TunnelEnds.local(ends.datagramEcho());
        EventLoop loop = ends.loops().next();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        PacketSink sink = new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                answers.add(from + " " + payload.toString(US_ASCII));
                payload.release();
            }

            @Override
            public void closed(Failure why) {
                answers.add(why.text());
            }
        };
        PacketTunnel tunnel = loop.submit(() -> client.openPackets(Dial.own(one, loop), sink))
                .get()
                .get();
        for (Destination to : List.of(one, other, one)) {
            loop.submit(() -> tunnel.send(to, Unpooled.copiedBuffer("x".repeat(1300), US_ASCII)));
            assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(to + " " + "x".repeat(1300));
        }
        loop.submit(tunnel::close).get();
    }

    /** Asks an echo behind a local port; datagrams may be lost while the program warms up. */
    private static void ask(int port) throws Exception {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(1000);
            byte[] question = "x".repeat(1300).getBytes(US_ASCII);
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            for (int attempt = 0; ; attempt++) {
                socket.send(new DatagramPacket(question, question.length, TunnelEnds.LOCAL, port));
                try {
                    socket.receive(answer);
                    break;
                } catch (java.net.SocketTimeoutException e) {
                    assertThat(attempt).isLessThan(10);
                }
            }
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(question);
        }
    }

    private static Socket throughSocks(int proxy, int destination) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(TunnelEnds.LOCAL, proxy)));
        socket.connect(new InetSocketAddress(TunnelEnds.LOCAL, destination));
        return socket;
    }

    private int ssServer(String method) throws Exception {
        int port = freePort();
        start(port, "ss-server", "-u", "-s", "127.0.0.1", "-p", "" + port, "-k", TunnelEnds.PASSWORD, "-m", method);
        return port;
    }

    private int ssLocal(String method, int server) throws Exception {
        int port = freePort();
        start(
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
                TunnelEnds.PASSWORD,
                "-m",
                method);
        return port;
    }

    private int v2rayServer(String method) throws Exception {
        int port = freePort();
        return v2ray(port, """
                {"log": {"loglevel": "none"},
                 "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "shadowsocks",
                   "settings": {"method": "%s", "password": "%s", "network": "tcp,udp"}}],
                 "outbounds": [{"protocol": "freedom", "settings": {}}]}
                """.formatted(port, method, TunnelEnds.PASSWORD));
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int v2rayClient(String method, int server, int destination) throws Exception {
        int port = freePort();
        return v2ray(port, """
                {"log": {"loglevel": "none"},
                 "inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                   "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp,udp"}}],
                 "outbounds": [{"protocol": "shadowsocks", "settings": {"servers": [
                   {"address": "127.0.0.1", "port": %d, "method": "%s", "password": "%s"}]}}]}
                """.formatted(port, destination, server, method, TunnelEnds.PASSWORD));
    }

    private int v2ray(int port, String config) throws Exception {
        Path file = Files.writeString(folder.resolve("v2ray-" + port + ".json"), config, UTF_8);
        start(port, "v2ray", "-config", file.toString());
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, TunnelEnds.LOCAL)) {
            return socket.getLocalPort();
        }
    }

    /** Starts a program and waits until it listens; without the program the test is skipped or fails. */
    private void start(int port, String... command) throws Exception {
        boolean there = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(bin -> Files.isExecutable(Path.of(bin, command[0])));
        if (!there && "required".equals(System.getenv("FENLIU_INTEROP"))) {
            fail(command[0] + " is not installed");
        }
        assumeTrue(there, command[0] + " is not installed");
        Process program = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(command[0] + "-" + port + ".log").toFile())
                .start();
        programs.add(program);
        for (int i = 0; i < 400; i++) {
            try {
                new Socket(TunnelEnds.LOCAL, port).close();
                return;
            } catch (IOException e) {
                assertThat(program.isAlive()).as(command[0] + " ended").isTrue();
                Thread.sleep(25);
            }
        }
        fail(command[0] + " does not listen");
    }
}

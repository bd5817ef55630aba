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
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.trojan.TrojanEnds;
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
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

/**
 * Both ends of ours against trojan and V2Ray, and against those who look whether it is a web site. Not asked of trojan:
 * an answer after a half-close, for it takes one end for both, in either direction.
 */
@Tag("program")
@Timeout(120)
class TrojanInteropTest {
    private static final int BULK = 64 << 20;

    private final TrojanEnds ends = new TrojanEnds();
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

    @Test
    void our_client_and_trojan_carry_bulk_both_ways() throws Exception {
        bulk(new Socket(TrojanEnds.LOCAL, forward(ends.client(trojanServer()))));
    }

    @Test
    void trojan_and_our_server_carry_bulk_both_ways() throws Exception {
        bulk(throughSocks(trojanClient(ourServer()), ends.origin(TrojanEnds::echo)));
    }

    @Test
    void our_client_and_v2ray_carry_bulk_both_ways() throws Exception {
        bulk(new Socket(TrojanEnds.LOCAL, forward(ends.client(v2rayServer()))));
    }

    @Test
    void v2ray_and_our_server_carry_bulk_both_ways() throws Exception {
        bulk(new Socket(TrojanEnds.LOCAL, v2rayClient(ourServer(), ends.origin(TrojanEnds::echo))));
    }

    @Test
    void our_client_and_trojan_carry_datagrams() throws Exception {
        datagrams(ends.client(trojanServer()));
    }

    @Test
    void trojan_and_our_server_carry_datagrams() throws Exception {
        ask(trojanForward(ourServer(), ends.datagramEcho()));
    }

    @Test
    void our_client_and_v2ray_carry_datagrams() throws Exception {
        datagrams(ends.client(v2rayServer()));
    }

    @Test
    void v2ray_and_our_server_carry_datagrams() throws Exception {
        ask(v2rayClient(ourServer(), ends.datagramEcho()));
    }

    /** V2Ray tells no origin that its client has ended, and drops the flow when nothing comes for a second. */
    @Test
    void half_close_before_v2ray_still_lets_the_answer_through() throws Exception {
        Destination origin = TrojanEnds.local(ends.origin(TrojanInteropTest::answerSoon));
        halfClose(new Socket(TrojanEnds.LOCAL, ends.forward(ends.client(v2rayServer()), origin)));
    }

    @Test
    void half_close_behind_v2ray_still_lets_the_answer_through() throws Exception {
        int origin = ends.origin(TrojanInteropTest::answerSoon);
        halfClose(new Socket(TrojanEnds.LOCAL, v2rayClient(ourServer(), origin)));
    }

    @Test
    void the_end_of_an_answer_passes_every_server() throws Exception {
        Destination origin = TrojanEnds.local(ends.origin(TrojanEnds::greet));
        for (int server : new int[] {trojanServer(), v2rayServer()}) {
            try (Socket socket = new Socket(TrojanEnds.LOCAL, ends.forward(ends.client(server), origin))) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
    }

    @Test
    void the_end_of_an_answer_passes_every_client() throws Exception {
        int origin = ends.origin((in, out, socket) -> {
            in.read();
            TrojanEnds.greet(in, out, socket);
        });
        for (Socket connected : List.of(
                throughSocks(trojanClient(ourServer()), origin),
                new Socket(TrojanEnds.LOCAL, v2rayClient(ourServer(), origin)))) {
            try (Socket socket = connected) {
                socket.getOutputStream().write('x'); // neither sends its request before there is something to send
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
    }

    @Test
    void trojan_takes_two_hundred_flows_at_once() throws Exception {
        int port = forward(ends.client(trojanServer()));
        crowd(() -> new Socket(TrojanEnds.LOCAL, port));
    }

    @Test
    void our_server_takes_two_hundred_flows_at_once() throws Exception {
        int local = trojanClient(ourServer());
        int echo = ends.origin(TrojanEnds::echo);
        crowd(() -> throughSocks(local, echo));
    }

    @Test
    void curl_and_openssl_find_a_web_site() throws Exception {
        int server = ourServer();
        String ca = TestCertificates.path("ca.pem").toString();
        String page = run(
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
        String dialogue = run(
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
        int local = trojan(freePort(), "client", "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server, "wrong");
        try (Socket socket = throughSocks(local, ends.origin(TrojanEnds::echo))) {
            socket.getOutputStream().write("hello".getBytes(US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 200 OK");
        }
        assertThat(ends.served.flows).isEmpty();
    }

    private int forward(Outbound outbound) throws Exception {
        return ends.forward(outbound, TrojanEnds.local(ends.origin(TrojanEnds::echo)));
    }

    /** Compares as it reads, and ends its side only then: trojan takes one end for both. */
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

    private static void halfClose(Socket connected) throws Exception {
        try (Socket socket = connected) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 100000");
        }
    }

    /** Answers to 100000 bytes, after a moment in which an end of the client could do its damage. */
    private static void answerSoon(InputStream in, OutputStream out, Socket socket) throws Exception {
        int count = in.readNBytes(100_000).length;
        Thread.sleep(200);
        out.write(("answer to " + count).getBytes(US_ASCII));
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
        Destination one = TrojanEnds.local(ends.datagramEcho());
        Destination other = TrojanEnds.local(ends.datagramEcho());
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
                socket.send(new DatagramPacket(question, question.length, TrojanEnds.LOCAL, port));
                try {
                    socket.receive(answer);
                    break;
                } catch (SocketTimeoutException e) {
                    assertThat(attempt).isLessThan(10);
                }
            }
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(question);
        }
    }

    private static Socket throughSocks(int proxy, int destination) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(TrojanEnds.LOCAL, proxy)));
        socket.connect(new InetSocketAddress(TrojanEnds.LOCAL, destination));
        return socket;
    }

    private int ourServer() throws Exception {
        return ends.server(Optional.of(TrojanEnds.local(ends.origin(TrojanEnds::site))));
    }

    private int trojanServer() throws Exception {
        int site = ends.origin(TrojanEnds::site);
        return trojan(
                freePort(), "server", "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + site, TrojanEnds.PASSWORD);
    }

    /** A local SOCKS port. */
    private int trojanClient(int server) throws Exception {
        return trojan(
                freePort(),
                "client",
                "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server,
                TrojanEnds.PASSWORD);
    }

    /** A local port, for streams and datagrams, that leads through {@code server} to a port of this machine. */
    private int trojanForward(int server, int destination) throws Exception {
        String where = "\"remote_addr\": \"127.0.0.1\", \"remote_port\": " + server
                + ", \"target_addr\": \"127.0.0.1\", \"target_port\": " + destination;
        return trojan(freePort(), "forward", where, TrojanEnds.PASSWORD);
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
        Path file = Files.writeString(folder.resolve("trojan-" + port + ".json"), config, UTF_8);
        start(port, "trojan", "-c", file.toString());
        return port;
    }

    private int v2rayServer() throws Exception {
        int port = freePort();
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
        int port = freePort();
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
        Path file = Files.writeString(folder.resolve("v2ray-" + port + ".json"), config, UTF_8);
        start(port, "v2ray", "-config", file.toString());
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, TrojanEnds.LOCAL)) {
            return socket.getLocalPort();
        }
    }

    /** Without the program the test is skipped, or fails where programs are required. */
    private static void need(String program) {
        boolean there = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(bin -> Files.isExecutable(Path.of(bin, program)));
        if (!there && "required".equals(System.getenv("FENLIU_INTEROP"))) {
            fail(program + " is not installed");
        }
        assumeTrue(there, program + " is not installed");
    }

    /** Starts a program and waits until it listens. */
    private void start(int port, String... command) throws Exception {
        need(command[0]);
        Process program = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(command[0] + "-" + port + ".log").toFile())
                .start();
        programs.add(program);
        for (int i = 0; i < 400; i++) {
            try {
                new Socket(TrojanEnds.LOCAL, port).close();
                return;
            } catch (IOException e) {
                assertThat(program.isAlive()).as(command[0] + " ended").isTrue();
                Thread.sleep(25);
            }
        }
        fail(command[0] + " does not listen");
    }

    /** Runs a program to its end; what it printed. */
    private String run(String input, String... command) throws Exception {
        need(command[0]);
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        programs.add(program);
        program.getOutputStream().write(input.getBytes(US_ASCII));
        program.getOutputStream().close();
        return new String(program.getInputStream().readAllBytes(), UTF_8);
    }
}

package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.tunnel.http.HttpType;
import dev.fenliu.tunnel.socks5.Socks5Type;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our SOCKS 5 and HTTP upstreams against dante, microsocks, squid, and stunnel in front of them. */
@Tag("program")
@Timeout(300)
class UpstreamInteropTest {
    private static final String LOGIN = ", username: anna, password: \"s3:cret\"";

    @TempDir
    private Path folder;

    private Programs programs;
    private Passage passage;

    /** Upstreams that nobody here wrote. */
    private enum Peer {
        DANTE,
        DANTE_IN_TLS,
        MICROSOCKS,
        MICROSOCKS_WITH_LOGIN,
        MICROSOCKS_IN_TLS,
        SQUID,
        SQUID_WITH_LOGIN,
        SQUID_IN_TLS;

        boolean isSquid() {
            return name().startsWith("SQUID");
        }
    }

    @BeforeEach
    void open() throws IOException {
        // squid and dante give up the user that starts them
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        programs = new Programs(folder);
        passage = new Passage();
    }

    @AfterEach
    void close() throws Exception {
        passage.close();
        programs.close();
    }

    private Outbound start(Peer peer) throws Exception {
        return switch (peer) {
            case DANTE -> socks5(dante("none"), "");
            case DANTE_IN_TLS -> socks5(stunnel(dante("none")), ", tls: true, ca: cert.pem");
            case MICROSOCKS -> socks5(microsocks(), "");
            case MICROSOCKS_WITH_LOGIN -> socks5(microsocks("-u", "anna", "-P", "s3:cret"), LOGIN);
            case MICROSOCKS_IN_TLS -> socks5(stunnel(microsocks()), ", tls: true, ca: cert.pem, sni: proxy.test");
            case SQUID -> http(HttpType.HTTP, squid(false), "");
            case SQUID_WITH_LOGIN -> http(HttpType.HTTP, squid(true), LOGIN);
            case SQUID_IN_TLS -> http(HttpType.HTTPS, stunnel(squid(true)), LOGIN + ", ca: cert.pem");
        };
    }

    private Outbound socks5(int port, String keys) throws Exception {
        return outbound(new Socks5Type(), port, keys, passage.context());
    }

    private Outbound http(HttpType type, int port, String keys) throws Exception {
        return outbound(type, port, keys, passage.context());
    }

    private <O> Outbound outbound(TunnelType<O> type, int port, String keys, TunnelContext context) throws Exception {
        Problems problems = new Problems();
        ConfigNode node =
                YamlReader.read("t.yaml", folder, "{server: \"127.0.0.1:" + port + "\"" + keys + "}", problems);
        Section section = Section.open(Objects.requireNonNull(node), "outbound \"far\"", type.keys(), problems);
        O options = type.parse(Objects.requireNonNull(section));
        assertThat(problems.all()).isEmpty();
        return type.open("far", Objects.requireNonNull(options), context);
    }

    private int dante(String method) throws Exception {
        int port = Programs.freePort();
        String user = System.getProperty("user.name");
        Path config = programs.write("danted-" + port + ".conf", """
                logoutput: stderr
                internal: 127.0.0.1 port = %d
                external: 127.0.0.1
                user.privileged: %s
                user.unprivileged: %s
                clientmethod: none
                socksmethod: %s
                client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
                socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = 9 }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                """.formatted(port, user, user, method));
        programs.serve(
                port,
                "danted",
                "-f",
                config.toString(),
                "-p",
                folder.resolve("danted-" + port + ".pid").toString());
        return port;
    }

    private int microsocks(String... options) throws Exception {
        int port = Programs.freePort();
        List<String> command = new ArrayList<>(List.of("microsocks", "-i", "127.0.0.1", "-p", "" + port));
        command.addAll(List.of(options));
        programs.serve(port, command.toArray(String[]::new));
        return port;
    }

    private int squid(boolean login) throws Exception {
        int port = Programs.freePort();
        String access = "http_access allow all";
        if (login) {
            String hash = programs.run("openssl", "passwd", "-apr1", "s3:cret").strip();
            Path users = programs.write("users", "anna:" + hash + "\n");
            access = """
                    auth_param basic program /usr/lib/squid/basic_ncsa_auth %s
                    acl known proxy_auth REQUIRED
                    http_access allow known
                    http_access deny all""".formatted(users);
        }
        Path config = programs.write("squid.conf", """
                http_port 127.0.0.1:%d
                acl forbidden port 9
                http_access deny forbidden
                %s
                pid_filename none
                cache_log /dev/null
                access_log none
                cache deny all
                netdb_filename none
                shutdown_lifetime 0 seconds
                """.formatted(port, access));
        programs.serve(port, "squid", "-N", "-f", config.toString());
        return port;
    }

    private int stunnel(int to) throws Exception {
        int port = Programs.freePort();
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("cert.pem");
        programs.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=proxy.test",
                "-addext",
                "subjectAltName=DNS:proxy.test,IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        Path config = programs.write("stunnel-" + port + ".conf", """
                foreground = yes
                pid =
                [proxy]
                accept = 127.0.0.1:%d
                connect = 127.0.0.1:%d
                cert = %s
                key = %s
                """.formatted(port, to, certificate, key));
        programs.serve(port, "stunnel", config.toString());
        return port;
    }

    private static byte[] receive(Socket socket, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(socket.getInputStream()).readFully(bytes);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    void carries_1_gib_both_ways_at_once(Peer peer) throws Exception {
        CompletableFuture<Boolean> arrived = new CompletableFuture<>();
        Origin.Service service = socket -> { // no echo: microsocks stands still when both directions are full
            Traffic.send(socket, Traffic.BULK);
            Traffic.expect(socket, Traffic.BULK);
            arrived.complete(true);
            socket.getInputStream().read(); // the client closes first
        };
        try (Origin origin = Origin.of(service);
                Socket client = passage.connect(start(peer), origin.byName())) {
            Traffic.send(client, Traffic.BULK);
            Traffic.expect(client, Traffic.BULK);
            assertThat(arrived.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** microsocks and squid end both directions when one ends; dante keeps them apart. */
    @ParameterizedTest
    @EnumSource(names = {"DANTE", "DANTE_IN_TLS"})
    void half_close_passes_in_both_directions(Peer peer) throws Exception {
        Outbound outbound = start(peer);
        try (Origin origin = Origin.of(socket -> {
                    byte[] question = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(question);
                    socket.shutdownOutput();
                });
                Socket client = passage.connect(outbound, origin.destination())) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("question");
        }
        CompletableFuture<byte[]> late = new CompletableFuture<>();
        try (Origin origin = Origin.of(socket -> {
                    socket.getOutputStream().write("banner".getBytes(US_ASCII));
                    socket.shutdownOutput();
                    late.complete(socket.getInputStream().readAllBytes());
                });
                Socket client = passage.connect(outbound, origin.destination())) {
            assertThat(client.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("banner");
            client.getOutputStream().write("late".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(late.get()).asString(US_ASCII).isEqualTo("late");
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_the_origin_says_first_is_not_lost_even_if_it_ends_at_once(Peer peer) throws Exception {
        Outbound outbound = start(peer);
        try (Origin origin = Origin.of(socket -> socket.getOutputStream().write("banner".getBytes(US_ASCII)))) {
            int port = passage.port(outbound, origin.destination());
            for (int i = 0; i < 30; i++) {
                try (Socket client = Passage.client(port)) {
                    assertThat(client.getInputStream().readAllBytes())
                            .asString(US_ASCII)
                            .isEqualTo("banner");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void carries_200_connections_at_once(Peer peer) throws Exception {
        Outbound outbound = start(peer);
        try (Origin origin = Origin.echo()) {
            int port = passage.port(outbound, origin.destination());
            Traffic.crowd(() -> Passage.client(port));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_refused_origin_is_told_from_a_tunnel_that_is_down(Peer peer) throws Exception {
        Outbound outbound = start(peer);
        Destination nobody = Destination.parse("127.0.0.1:" + Programs.freePort());
        Failure refused = passage.attempt(outbound, nobody);
        assertThat(refused.kind()).isEqualTo(peer.isSquid() ? Failure.Kind.HOST_UNREACHABLE : Failure.Kind.REFUSED);
        assertThat(refused.text()).startsWith("outbound \"far\": " + nobody);

        programs.close();
        Failure down = passage.attempt(outbound, nobody);
        assertThat(down.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(down.text()).matches("outbound \"far\": 127.0.0.1:[0-9]+: connection refused");
    }

    @ParameterizedTest
    @EnumSource(names = {"DANTE", "SQUID"})
    void what_the_rules_of_an_upstream_forbid_is_forbidden(Peer peer) throws Exception {
        Failure failure = passage.attempt(start(peer), Destination.parse("127.0.0.1:9"));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(failure.text()).contains("127.0.0.1:9").contains("refused by");
    }

    @Test
    void a_missing_or_wrong_login_is_said_and_the_password_is_not() throws Exception {
        int squid = squid(true);
        int microsocks = microsocks("-u", "anna", "-P", "s3:cret");
        int dante = dante("username");
        String wrong = ", username: nobody-here, password: wr0ng";
        for (Outbound outbound : List.of(http(HttpType.HTTP, squid, ""), socks5(microsocks, ""), socks5(dante, ""))) {
            Failure failure = passage.attempt(outbound, Destination.parse("127.0.0.1:99"));
            assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
            assertThat(failure.text()).contains("asks for a user name and password");
        }
        for (Outbound outbound :
                List.of(http(HttpType.HTTP, squid, wrong), socks5(microsocks, wrong), socks5(dante, wrong))) {
            Failure failure = passage.attempt(outbound, Destination.parse("127.0.0.1:99"));
            assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
            assertThat(failure.text())
                    .contains("refused the user name or password")
                    .doesNotContain("wr0ng");
        }
    }

    @Test
    void a_certificate_that_nobody_vouches_for_is_refused() throws Exception {
        int port = stunnel(microsocks());
        for (Outbound outbound : List.of(
                socks5(port, ", tls: true"),
                socks5(port, ", tls: true, ca: cert.pem, sni: other.test"),
                http(HttpType.HTTPS, port, ""))) {
            Failure failure = passage.attempt(outbound, Destination.parse("127.0.0.1:99"));
            assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
            assertThat(failure.text()).startsWith("outbound \"far\": certificate of 127.0.0.1:" + port);
        }
    }

    @Test
    void an_upstream_that_speaks_something_else_is_found_out() throws Exception {
        int squid = squid(false);
        int microsocks = microsocks();
        Destination to = Destination.parse("127.0.0.1:99");
        assertThat(passage.attempt(socks5(squid, ""), to).kind())
                .isIn(Failure.Kind.TUNNEL_PROTOCOL, Failure.Kind.TUNNEL_DOWN);
        assertThat(passage.attempt(http(HttpType.HTTP, microsocks, ""), to).kind())
                .isIn(Failure.Kind.TUNNEL_PROTOCOL, Failure.Kind.TUNNEL_DOWN);
        assertThat(passage.attempt(http(HttpType.HTTPS, microsocks, ""), to).kind())
                .isEqualTo(Failure.Kind.TUNNEL_DOWN);
    }

    /** Collects what comes back. */
    private static final class Collector implements PacketSink {
        final BlockingQueue<String> received = new LinkedBlockingQueue<>();
        final CompletableFuture<Failure> end = new CompletableFuture<>();

        @Override
        public void receive(Destination from, ByteBuf payload) {
            received.add(from + " " + payload.readableBytes() + " "
                    + payload.toString(US_ASCII).substring(0, 5));
            payload.release();
        }

        @Override
        public void closed(Failure why) {
            end.complete(why);
        }
    }

    @Test
    void dante_relays_datagrams_to_many_origins_until_it_goes() throws Exception {
        Outbound outbound = start(Peer.DANTE);
        assertThat(outbound.transports()).containsExactlyInAnyOrder(Transport.TCP, Transport.UDP);
        Collector sink = new Collector();
        try (DatagramSocket one = Origin.datagramEcho();
                DatagramSocket two = Origin.datagramEcho()) {
            Destination first = Destination.parse("127.0.0.1:" + one.getLocalPort());
            Destination second = Destination.parse("127.0.0.1:" + two.getLocalPort());
            Destination named = Destination.parse("localhost:" + two.getLocalPort());
            PacketTunnel tunnel =
                    outbound.openPackets(passage.dial(first), sink).get(5, TimeUnit.SECONDS);
            for (int size : new int[] {5, 512, 1472, 8000}) {
                exchange(tunnel, first, sink, size, first);
                exchange(tunnel, second, sink, size, second);
                exchange(tunnel, named, sink, size, second);
            }
            programs.close();
            assertThat(sink.end.get(5, TimeUnit.SECONDS).kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
            tunnel.send(first, Unpooled.EMPTY_BUFFER);
            tunnel.close();
        }
    }

    private static void exchange(PacketTunnel tunnel, Destination to, Collector sink, int size, Destination from)
            throws Exception {
        tunnel.send(to, Unpooled.copiedBuffer("hello" + ".".repeat(size - 5), US_ASCII));
        assertThat(sink.received.poll(5, TimeUnit.SECONDS)).isEqualTo(from + " " + size + " hello");
    }

    @Test
    void an_upstream_without_udp_says_so() throws Exception {
        Outbound outbound = start(Peer.MICROSOCKS);
        Future<PacketTunnel> opening =
                outbound.openPackets(passage.dial(Destination.parse("127.0.0.1:9")), new Collector());
        assertThat(opening.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(((Failure) opening.cause()).kind()).isEqualTo(Failure.Kind.UNSUPPORTED);
        assertThat(start(Peer.MICROSOCKS_IN_TLS).transports()).containsExactly(Transport.TCP);
    }

    @Test
    void an_upstream_can_stand_behind_another_and_tls_inside_tls() throws Exception {
        TunnelContext near =
                new TunnelContext(start(Peer.DANTE_IN_TLS), passage.context().origins());
        int dante = stunnel(dante("none"));
        Outbound socks5 = outbound(new Socks5Type(), dante, ", tls: true, ca: cert.pem", near);
        int squid = stunnel(squid(true));
        Outbound https = outbound(HttpType.HTTPS, squid, LOGIN + ", ca: cert.pem", near);
        try (Origin origin = Origin.echo()) {
            try (Socket client = passage.connect(https, origin.byName())) {
                client.getOutputStream().write("through both".getBytes(US_ASCII));
                assertThat(receive(client, 12)).asString(US_ASCII).isEqualTo("through both");
            }
            try (Socket client = passage.connect(socks5, origin.byName())) {
                client.getOutputStream().write("half-closed".getBytes(US_ASCII));
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes())
                        .asString(US_ASCII)
                        .isEqualTo("half-closed");
            }
        }
    }
}

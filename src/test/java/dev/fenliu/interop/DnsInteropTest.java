package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.dns.AnswerCache;
import dev.fenliu.dns.DnsKeys;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.dns.Resolvers;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our resolver against unbound, over all four transports, with a certificate authority of its own. */
@Tag("program")
@Timeout(60)
class DnsInteropTest {
    @TempDir
    static Path folder;

    private static final EventLoopGroup LOOPS = Sockets.loops(2);
    private static Process unbound;
    private static int plain;
    private static int tls;
    private static int https;

    @BeforeAll
    static void start_unbound() throws Exception {
        for (String program : List.of("unbound", "openssl")) {
            if (Stream.of((System.getenv("PATH") + ":/usr/sbin").split(":"))
                    .noneMatch(dir -> new File(dir, program).canExecute())) {
                if ("required".equals(System.getenv("FENLIU_INTEROP"))) {
                    throw new AssertionError(program + " is not installed");
                }
                abort(program + " is not installed");
            }
        }
        certificates();
        plain = freePort();
        tls = freePort();
        https = freePort();
        Path config = folder.resolve("unbound.conf");
        Files.writeString(config, config());
        unbound = new ProcessBuilder("unbound", "-d", "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("unbound.log").toFile())
                .start();
        for (int port : new int[] {plain, tls, https}) {
            awaitListening(port);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (unbound != null) {
            unbound.destroy();
            unbound.waitFor();
        }
        LOOPS.shutdownGracefully(0, 1, SECONDS).get(5, SECONDS);
    }

    private static void certificates() throws Exception {
        run("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=ca -keyout ca.key -out ca.pem");
        run("req -newkey rsa:2048 -nodes -subj /CN=dns.test -keyout leaf.key -out leaf.csr");
        Files.writeString(folder.resolve("ext"), "subjectAltName=DNS:dns.test,IP:127.0.0.1\n");
        run("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out leaf.pem");
    }

    private static void run(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static String config() {
        StringBuilder data = new StringBuilder();
        for (int i = 1; i <= 200; i++) {
            data.append("  local-data: \"many.fenliu.test. 60 IN A 10.7.0.")
                    .append(i)
                    .append("\"\n");
        }
        return """
                server:
                  interface: 127.0.0.1@%1$d
                  interface: 127.0.0.1@%2$d
                  interface: 127.0.0.1@%3$d
                  tls-port: %2$d
                  https-port: %3$d
                  http-max-streams: 20
                  tls-service-key: "%4$s/leaf.key"
                  tls-service-pem: "%4$s/leaf.pem"
                  directory: "%4$s"
                  chroot: ""
                  username: ""
                  pidfile: ""
                  use-syslog: no
                  module-config: "iterator"
                  local-zone: "fenliu.test." static
                  local-data: "fenliu.test. 3600 IN SOA ns.fenliu.test. me.fenliu.test. 1 3600 600 86400 60"
                  local-data: "plain.fenliu.test. 60 IN A 10.1.2.3"
                  local-data: "both.fenliu.test. 60 IN A 10.1.2.4"
                  local-data: "both.fenliu.test. 60 IN AAAA 2001:db8::4"
                  local-data: "empty.fenliu.test. 60 IN TXT hello"
                %5$s
                remote-control:
                  control-enable: no
                """.formatted(plain, tls, https, folder, data);
    }

    private static int freePort() throws IOException {
        try (ServerSocket tcp = new ServerSocket()) {
            tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (DatagramSocket udp = new DatagramSocket(tcp.getLocalSocketAddress())) {
                return udp.getLocalPort();
            }
        }
    }

    private static void awaitListening(int port) throws Exception {
        for (int i = 0; ; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                return;
            } catch (IOException e) {
                if (i == 200 || !unbound.isAlive()) {
                    throw new AssertionError(Files.readString(folder.resolve("unbound.log")), e);
                }
                Thread.sleep(50);
            }
        }
    }

    private static Resolvers open(String upstream) throws IOException {
        String url = upstream.replace("PLAIN", "" + plain)
                .replace("TLS", "" + tls)
                .replace("HTTPS", "" + https)
                .replace("FOLDER", folder.toString());
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test", folder, "ipv6: yes\ndirect: " + url, problems);
        Section section = Section.open(Objects.requireNonNull(node), "dns", DnsKeys.ALL, problems);
        DnsOptions options = DnsKeys.parse(Objects.requireNonNull(section));
        assertThat(problems.all()).isEmpty();
        return Resolvers.open(options, new AnswerCache(System::nanoTime), LOOPS, SocketOptions.DEFAULT);
    }

    private static List<InetAddress> resolve(Resolvers resolvers, String name) throws Exception {
        return resolvers.direct().resolve(new Host.Name(name), LOOPS.next()).get(10, SECONDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp://127.0.0.1:PLAIN",
                "tcp://127.0.0.1:PLAIN",
                "{url: 'tls://127.0.0.1:TLS', ca: ca.pem}",
                "{url: 'tls://127.0.0.1:TLS#dns.test', ca: ca.pem}",
                "{url: 'tls://dns.test:TLS', address: 127.0.0.1, ca: ca.pem}",
                "{url: 'https://127.0.0.1:HTTPS/dns-query', ca: ca.pem}",
                "{url: 'https://127.0.0.1:HTTPS/dns-query#dns.test', ca: ca.pem}",
            })
    void names_are_resolved_over_every_transport(String upstream) throws Exception {
        try (Resolvers resolvers = open(upstream)) {
            assertThat(resolve(resolvers, "plain.fenliu.test")).containsExactly(Addresses.parse("10.1.2.3"));
            assertThat(resolve(resolvers, "both.fenliu.test"))
                    .containsExactly(Addresses.parse("2001:db8::4"), Addresses.parse("10.1.2.4"));
            assertThat(resolve(resolvers, "many.fenliu.test")).hasSize(200);
            assertUnresolved(resolvers, "empty.fenliu.test", "has no address");
            assertUnresolved(resolvers, "missing.fenliu.test", "does not exist");
        }
    }

    private static void assertUnresolved(Resolvers resolvers, String name, String why) {
        assertThatThrownBy(() -> resolve(resolvers, name))
                .hasRootCauseInstanceOf(Failure.class)
                .satisfies(thrown -> {
                    Failure failure = (Failure) thrown.getCause();
                    assertThat(failure.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
                    assertThat(failure.text()).isEqualTo(name + " " + why);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp://127.0.0.1:PLAIN",
                "tcp://127.0.0.1:PLAIN",
                "{url: 'tls://127.0.0.1:TLS', ca: ca.pem}",
                "{url: 'https://127.0.0.1:HTTPS/dns-query', ca: ca.pem}",
            })
    void hundreds_of_names_at_once_all_get_their_own_answer(String upstream) throws Exception {
        try (Resolvers resolvers = open(upstream)) {
            var futures = new ArrayList<io.netty.util.concurrent.Future<List<InetAddress>>>();
            for (int i = 0; i < 300; i++) {
                String name = i % 2 == 0 ? "missing" + i + ".fenliu.test" : "plain.fenliu.test";
                futures.add(resolvers.direct().resolve(new Host.Name(name), LOOPS.next()));
            }
            for (int i = 0; i < 300; i++) {
                futures.get(i).await(10, SECONDS);
                if (i % 2 == 0) {
                    assertThat(Failure.of(futures.get(i).cause()).kind()).isEqualTo(Failure.Kind.UNRESOLVED);
                } else {
                    assertThat(futures.get(i).getNow()).containsExactly(Addresses.parse("10.1.2.3"));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{url: 'tls://127.0.0.1:TLS#other.test', ca: ca.pem}",
                "tls://127.0.0.1:TLS",
                "{url: 'https://127.0.0.1:HTTPS/dns-query#other.test', ca: ca.pem}",
            })
    void a_certificate_that_does_not_verify_is_refused(String upstream) throws Exception {
        try (Resolvers resolvers = open(upstream)) {
            assertThatThrownBy(() -> resolve(resolvers, "plain.fenliu.test"))
                    .cause()
                    .hasMessageContaining("certificate");
        }
    }

    @Test
    void an_upstream_whose_name_needs_resolving_is_found_by_the_bootstrap() throws Exception {
        String upstream = "{url: 'tls://dns.test:TLS', ca: ca.pem}\nhosts: {dns.test: 127.0.0.1}";
        try (Resolvers resolvers = open(upstream)) {
            assertThat(resolve(resolvers, "plain.fenliu.test")).containsExactly(Addresses.parse("10.1.2.3"));
        }
    }
}

package dev.fenliu.interop;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our resolver against unbound, over all four transports, with a certificate authority of its own; and against dnsdist,
 * which stands before it and loses, cuts, delays and refuses.
 */
@Tag("program")
@Timeout(60)
class DnsInteropTest {
    @TempDir
    static Path folder;

    private static final EventLoopGroup LOOPS = Sockets.loops(2);
    private static final Map<String, Integer> PORTS = new HashMap<>();
    private static Programs programs;

    @BeforeAll
    static void start_unbound_and_dnsdist() throws Exception {
        programs = new Programs(folder);
        certificates();
        for (String use : List.of("PLAIN", "TLS", "HTTPS", "DNSDIST", "DOT", "DOH")) {
            PORTS.put(use, freePort());
        }
        programs.serve(
                port("HTTPS"),
                "unbound",
                "-d",
                "-c",
                programs.write("unbound.conf", unbound()).toString());
        String dnsdist = programs.write("dnsdist.conf", dnsdist()).toString();
        programs.serve(port("DOH"), "dnsdist", "--supervised", "--disable-syslog", "-C", dnsdist);
    }

    private static int port(String use) {
        return Objects.requireNonNull(PORTS.get(use));
    }

    @AfterAll
    static void stop() throws Exception {
        programs.close();
        LOOPS.shutdownGracefully(0, 1, SECONDS).get(5, SECONDS);
    }

    private static void certificates() throws Exception {
        openssl("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=ca -keyout DIR/ca.key -out DIR/ca.pem");
        openssl("req -newkey rsa:2048 -nodes -subj /CN=dns.test -keyout DIR/leaf.key -out DIR/leaf.csr");
        programs.write("ext", "subjectAltName=DNS:dns.test,IP:127.0.0.1\n");
        openssl("x509 -req -in DIR/leaf.csr -CA DIR/ca.pem -CAkey DIR/ca.key -CAcreateserial -days 30"
                + " -extfile DIR/ext -out DIR/leaf.pem");
    }

    private static void openssl(String arguments) throws Exception {
        programs.run(("openssl " + arguments.replace("DIR", folder.toString())).split(" "));
    }

    private static String unbound() {
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
                  local-data: "cut.fenliu.test. 60 IN A 10.2.0.1"
                  local-data: "dark.fenliu.test. 60 IN A 10.2.0.2"
                  local-data: "slow.fenliu.test. 60 IN A 10.2.0.3"
                  local-data: "broken.fenliu.test. 60 IN A 10.2.0.4"
                  local-data: "closed.fenliu.test. 60 IN A 10.2.0.5"
                  local-data: "lossy.fenliu.test. 60 IN A 10.2.0.6"
                  local-data: "empty.fenliu.test. 60 IN TXT hello"
                %5$s
                remote-control:
                  control-enable: no
                """.formatted(port("PLAIN"), port("TLS"), port("HTTPS"), folder, data);
    }

    private static String dnsdist() {
        return """
                setSecurityPollSuffix("")
                setLocal("127.0.0.1:%1$d")
                addTLSLocal("127.0.0.1:%2$d", "%5$s/leaf.pem", "%5$s/leaf.key")
                addDOHLocal("127.0.0.1:%3$d", "%5$s/leaf.pem", "%5$s/leaf.key", "/dns-query")
                newServer({address="127.0.0.1:%4$d", checkName="plain.fenliu.test."}):setUp()
                addAction(AndRule({QNameRule("cut.fenliu.test."), TCPRule(false)}), TCAction())
                addAction("dark.fenliu.test.", DropAction())
                addAction("slow.fenliu.test.", DelayAction(1500))
                addAction("broken.fenliu.test.", RCodeAction(DNSRCode.SERVFAIL))
                addAction("closed.fenliu.test.", RCodeAction(DNSRCode.REFUSED))
                addAction(AndRule({QNameRule("subnet.fenliu.test."), EDNSOptionRule(EDNSOptionCode.ECS)}),
                    SpoofAction("192.0.2.8"))
                local seen = {}
                addAction("lossy.fenliu.test.", LuaAction(function(query)
                  if seen[query.qtype] then return DNSAction.None, "" end
                  seen[query.qtype] = true
                  return DNSAction.Drop, ""
                end))
                """.formatted(port("DNSDIST"), port("DOT"), port("DOH"), port("PLAIN"), folder);
    }

    private static int freePort() throws IOException {
        try (ServerSocket tcp = new ServerSocket()) {
            tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (DatagramSocket udp = new DatagramSocket(tcp.getLocalSocketAddress())) {
                return udp.getLocalPort();
            }
        } catch (BindException e) { // somebody has the port for UDP
            return freePort();
        }
    }

    private static Resolvers open(String upstream) throws IOException {
        String url = upstream;
        for (Map.Entry<String, Integer> port : PORTS.entrySet()) {
            url = url.replace(":" + port.getKey(), ":" + port.getValue());
        }
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
                "udp://127.0.0.1:DNSDIST",
                "tcp://127.0.0.1:DNSDIST",
                "{url: 'tls://127.0.0.1:DOT', ca: ca.pem}",
                "{url: 'https://127.0.0.1:DOH/dns-query', ca: ca.pem}",
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

    @ParameterizedTest
    @ValueSource(strings = {"udp://127.0.0.1:DNSDIST", "https://127.0.0.1:DOH/dns-query"})
    void a_resolver_is_told_of_the_subnet_that_the_config_names_and_of_no_other(String url) throws Exception {
        String upstream = "{url: '" + url + "'" + (url.startsWith("https") ? ", ca: ca.pem" : "");
        try (Resolvers resolvers = open(upstream + ", client-subnet: 203.0.113.0/24}")) {
            assertThat(resolve(resolvers, "subnet.fenliu.test")).containsExactly(Addresses.parse("192.0.2.8"));
        }
        try (Resolvers resolvers = open(upstream + "}")) {
            assertUnresolved(resolvers, "subnet.fenliu.test", "does not exist");
        }
    }

    /** dnsdist of this age answers only the first question of a TLS record until it hears from the client again. */
    @RepeatedTest(10)
    void the_first_questions_of_a_connection_leave_in_records_of_their_own() throws Exception {
        try (Resolvers resolvers = open("{url: 'tls://127.0.0.1:DOT', ca: ca.pem}")) {
            assertThat(resolve(resolvers, "both.fenliu.test")).hasSize(2);
        }
    }

    private static Failure failure(Resolvers resolvers, String name) throws Exception {
        var found = resolvers.direct().resolve(new Host.Name(name), LOOPS.next());
        assertThat(found.await(10, SECONDS)).isTrue();
        return Failure.of(found.cause());
    }

    private static void assertUnresolved(Resolvers resolvers, String name, String why) throws Exception {
        Failure failure = failure(resolvers, name);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
        assertThat(failure.text()).isEqualTo(name + " " + why);
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
            Failure failure = failure(resolvers, "plain.fenliu.test");
            assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
            assertThat(failure.text()).contains("certificate of 127.0.0.1:");
        }
    }

    @Test
    void an_upstream_whose_name_needs_resolving_is_found_by_the_bootstrap() throws Exception {
        String upstream =
                "{url: 'tls://dns.test:TLS', ca: ca.pem}\nhosts: {dns.test: 127.0.0.1}\nprivate-names: [fenliu.test]";
        try (Resolvers resolvers = open(upstream)) {
            assertThat(resolve(resolvers, "plain.fenliu.test")).containsExactly(Addresses.parse("10.1.2.3"));
        }
    }

    @Test
    void a_lost_datagram_is_sent_again_and_a_cut_answer_asked_for_over_tcp() throws Exception {
        try (Resolvers resolvers = open("udp://127.0.0.1:DNSDIST")) {
            assertThat(resolve(resolvers, "lossy.fenliu.test")).containsExactly(Addresses.parse("10.2.0.6"));
            assertThat(resolve(resolvers, "cut.fenliu.test")).containsExactly(Addresses.parse("10.2.0.1"));
        }
    }

    @Test
    void a_second_upstream_answers_what_the_first_cannot() throws Exception {
        try (Resolvers resolvers = open("[udp://127.0.0.1:DNSDIST, udp://127.0.0.1:PLAIN]")) {
            long start = System.nanoTime();
            assertThat(resolve(resolvers, "broken.fenliu.test")).containsExactly(Addresses.parse("10.2.0.4"));
            assertThat(resolve(resolvers, "closed.fenliu.test")).containsExactly(Addresses.parse("10.2.0.5"));
            assertThat(resolve(resolvers, "slow.fenliu.test")).containsExactly(Addresses.parse("10.2.0.3"));
            assertThat(resolve(resolvers, "dark.fenliu.test")).containsExactly(Addresses.parse("10.2.0.2"));
            assertThat(NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(6000);
        }
    }

    @Test
    void what_no_upstream_can_answer_fails_in_time_with_the_reason() throws Exception {
        try (Resolvers resolvers = open("udp://127.0.0.1:DNSDIST")) {
            Failure failure = failure(resolvers, "broken.fenliu.test");
            assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
            assertThat(failure.text()).contains("answered SERVFAIL");
            assertThat(failure(resolvers, "closed.fenliu.test").text()).contains("answered REFUSED");
            failure = failure(resolvers, "dark.fenliu.test");
            assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_TIMEOUT);
            assertThat(failure.text()).contains("no answer in 2000 ms");
        }
        try (Resolvers resolvers = open("tcp://127.0.0.1:" + freePort())) {
            Failure failure = failure(resolvers, "plain.fenliu.test");
            assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
            assertThat(failure.text()).contains("connection refused");
        }
    }
}

package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.Fenliu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The DNS listener and the clients that people have. An unbound stands for the resolver of the line, another one can be
 * reached through a tunnel only; both write down what they are asked.
 */
@Tag("program")
@Timeout(120)
class DnsClientsInteropTest {
    @TempDir
    static Path folder;

    private static Programs programs;
    private static Fenliu proxy;
    private static int near;

    @BeforeAll
    static void start() throws Exception {
        programs = new Programs(folder);
        programs.run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=dns.test"
                        + " -addext subjectAltName=DNS:dns.test,IP:127.0.0.1 -keyout DIR/key.pem -out DIR/cert.pem")
                .replace("DIR", folder.toString())
                .split(" "));
        near = unbound("near", "198.51.100.1");
        int far = unbound("far", "198.51.100.2");
        int socks = Programs.freePort();
        programs.serve(socks, "microsocks", "-i", "127.0.0.1", "-p", String.valueOf(socks));
        proxy = Fenliu.start(folder, "proxy", """
                listeners:
                  - {type: dns, name: plain, listen: "127.0.0.1:0"}
                  - {type: dns, name: tls, listen: "127.0.0.1:0", certificate: cert.pem, private-key: key.pem}
                outbounds:
                  vps: {type: socks5, server: "127.0.0.1:%d"}
                  gone: {type: socks5, server: "127.0.0.1:%d"}
                rules:
                  - {domain-suffix: ads.fenliu.test, to: block}
                  - {domain-suffix: far.fenliu.test, to: vps}
                  - {domain-suffix: lost.fenliu.test, to: gone}
                  - {to: direct}
                dns:
                  direct: ["udp://127.0.0.1:%d"]
                  tunnel: ["tcp://127.0.0.1:%d"]
                  hosts: {nas.lan: 192.168.1.10}
                  ipv6: yes
                """.formatted(socks, Programs.freePort(), near, far));
    }

    @AfterAll
    static void stop() throws Exception {
        proxy.close();
        programs.close();
    }

    private static int unbound(String name, String address) throws Exception {
        int port = Programs.freePort();
        String many = IntStream.rangeClosed(1, 60)
                .mapToObj(i -> "  local-data: 'many.fenliu.test. 300 A 198.51.100." + i + "'\n")
                .collect(Collectors.joining());
        programs.serve(
                port,
                "unbound",
                "-d",
                "-c",
                programs.write(name + ".conf", """
                server:
                  interface: 127.0.0.1@%d
                  directory: "%s"
                  chroot: ""
                  username: ""
                  pidfile: ""
                  use-syslog: no
                  logfile: "%s"
                  log-queries: yes
                  module-config: "iterator"
                  local-zone: "100.51.198.in-addr.arpa." nodefault
                  local-zone: "fenliu.test." static
                  local-data: "fenliu.test. 3600 SOA ns.fenliu.test. me.fenliu.test. 1 3600 600 86400 60"
                  local-data: "fenliu.test. 300 MX 10 mail.fenliu.test."
                  local-data: "fenliu.test. 300 TXT 'v=spf1 -all' 'more'"
                  local-data: "fenliu.test. 300 CAA 0 issue ca.test"
                  local-data: "_sip._tcp.fenliu.test. 300 SRV 1 2 5060 sip.fenliu.test."
                  local-data: "www.fenliu.test. 300 A %s"
                  local-data: "www.fenliu.test. 300 AAAA 2001:db8::7"
                  local-data: "www.fenliu.test. 300 HTTPS 1 . alpn=h2,h3 ipv4hint=198.51.100.7"
                  local-data: "www.far.fenliu.test. 300 A %s"
                  local-data: "www.far.fenliu.test. 300 AAAA 2001:db8::8"
                  local-data: "www.far.fenliu.test. 300 HTTPS 1 . alpn=h2"
                  local-data: "www.far.fenliu.test. 300 TXT 'far'"
                  local-data-ptr: "198.51.100.9 300 nine.fenliu.test"
                %sremote-control:
                  control-enable: no
                """.formatted(
                                        port, folder, folder.resolve(name + ".log"), address, address, many))
                        .toString());
        return port;
    }

    private static String asked(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".log"));
    }

    private static String dig(String... arguments) throws Exception {
        return ask("dig", "plain", "@127.0.0.1 -p PORT +tries=1 +time=8", arguments);
    }

    private static String ask(String program, String listener, String where, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(
                where.replace("PORT", String.valueOf(proxy.port(listener))).split(" ")));
        command.addAll(List.of(arguments));
        return programs.run(command.toArray(new String[0]));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    dig;   plain; @127.0.0.1 -p PORT +short
                    dig;   plain; @127.0.0.1 -p PORT +short +tcp
                    dig;   plain; @127.0.0.1 -p PORT +short +noedns
                    dig;   plain; @127.0.0.1 -p PORT +short +dnssec +cdflag
                    dig;   tls;   @127.0.0.1 -p PORT +short +tls
                    dig;   tls;   @127.0.0.1 -p PORT +short +https
                    dig;   tls;   @127.0.0.1 -p PORT +short +https-get
                    kdig;  plain; @127.0.0.1 -p PORT +short
                    kdig;  plain; @127.0.0.1 -p PORT +short +tcp +keepopen
                    kdig;  plain; @127.0.0.1 -p PORT +short +cookie +subnet=192.0.2.0/24
                    kdig;  tls;   @127.0.0.1 -p PORT +short +tls-ca=DIR/cert.pem +tls-host=dns.test
                    kdig;  tls;   @127.0.0.1 -p PORT +short +tls +padding=128
                    kdig;  tls;   @127.0.0.1 -p PORT +short +https
                    kdig;  tls;   @127.0.0.1 -p PORT +short +https-get
                    drill; plain; -p PORT -Q -b 1232 @127.0.0.1
                    drill; plain; -p PORT -Q -t @127.0.0.1
                    """)
    void clients_get_the_answer(String program, String listener, String where) throws Exception {
        String at = where.replace("DIR", folder.toString());
        assertThat(ask(program, listener, at, "www.fenliu.test", "A").strip()).isEqualTo("198.51.100.1");
        assertThat(ask(program, listener, at, "www.far.fenliu.test", "A").strip())
                .isEqualTo("198.51.100.2");
        assertThat(ask(program, listener, at, "many.fenliu.test", "A").lines().filter(line -> line.startsWith("198.")))
                .hasSize(60);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "www.fenliu.test A",
                "www.fenliu.test AAAA",
                "www.fenliu.test HTTPS",
                "www.fenliu.test MX",
                "fenliu.test MX",
                "fenliu.test TXT",
                "fenliu.test SOA",
                "fenliu.test TYPE257",
                "_sip._tcp.fenliu.test SRV",
                "many.fenliu.test A",
                "none.fenliu.test A",
                "9.100.51.198.in-addr.arpa PTR"
            })
    void an_answer_says_what_the_upstream_says(String question) throws Exception {
        String[] words = question.split(" ", 2);
        String[] how = {words[0], words[1], "+noall", "+answer", "+authority", "+comments", "+tries=1"};
        String[] upstream = Stream.concat(Stream.of("dig", "@127.0.0.1", "-p", String.valueOf(near)), Stream.of(how))
                .toArray(String[]::new);
        assertThat(records(dig(how))).isEqualTo(records(programs.run(upstream)));
    }

    /** The status and the records, without TTLs, in order. */
    private static List<String> records(String output) {
        return output.lines()
                .filter(line -> line.contains("status:") || !line.startsWith(";") && !line.isBlank())
                .map(line -> line.replaceAll(", id: \\d+", "").replaceAll("\\s+\\d+\\s+IN\\s+", " IN "))
                .sorted()
                .toList();
    }

    @Test
    void a_tunnelled_name_is_asked_through_the_tunnel_alone_whatever_the_type() throws Exception {
        for (String type : List.of("A", "AAAA", "HTTPS", "TXT", "MX", "SVCB", "TYPE65280")) {
            dig("www.far.fenliu.test", type);
            dig("WWW.fAr.fenliu.test.", type, "+tcp");
            assertThat(asked("far")).contains("www.far.fenliu.test. " + (type.equals("HTTPS") ? "HTTPS" : type));
        }
        assertThat(asked("near")).doesNotContainIgnoringCase("far.fenliu.test");
        dig("control.fenliu.test");
        assertThat(asked("near")).containsIgnoringCase("control.fenliu.test"); // so it would have been seen
    }

    @Test
    void a_blocked_name_does_not_exist_and_the_rule_is_named() throws Exception {
        assertThat(dig("www.ads.fenliu.test"))
                .contains("status: NXDOMAIN")
                .contains("EDE: 15 (Blocked): (blocked by the rule at ")
                .contains("proxy.yaml:8)");
        assertThat(dig("www.ads.fenliu.test", "HTTPS")).contains("status: NXDOMAIN");
        assertThat(asked("near")).doesNotContainIgnoringCase("ads.fenliu.test");
    }

    @Test
    void names_of_the_hosts_table_have_addresses_and_addresses_have_names() throws Exception {
        assertThat(dig("nas.lan", "+short")).isEqualTo("192.168.1.10\n");
        assertThat(dig("nas.lan", "AAAA")).contains("status: NOERROR").contains("ANSWER: 0");
        assertThat(dig("-x", "192.168.1.10", "+short")).isEqualTo("nas.lan.\n");
        assertThat(dig("localhost", "+short")).isEqualTo("127.0.0.1\n");
        assertThat(asked("near")).doesNotContain("nas.lan").doesNotContain("localhost");
    }

    @Test
    void dnspython_reads_it_over_udp_tcp_and_tls() throws Exception {
        String script = """
                import sys, ssl, dns.message, dns.query, dns.edns
                plain, tls, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
                q = dns.message.make_query('www.fenliu.test', 'A', use_edns=0, payload=1232)
                for answer in (dns.query.udp(q, '127.0.0.1', port=plain, timeout=8),
                               dns.query.tcp(q, '127.0.0.1', port=plain, timeout=8),
                               dns.query.tls(q, '127.0.0.1', port=tls, timeout=8, server_hostname='dns.test', ssl_context=ssl.create_default_context(cafile=ca))):
                    print(answer.answer[0][0].address)
                q = dns.message.make_query('www.ads.fenliu.test', 'A', use_edns=0)
                print([o.to_text() for o in dns.query.udp(q, '127.0.0.1', port=plain, timeout=8).options])
                """;
        String printed = programs.run(
                "/usr/bin/python3",
                programs.write("ask.py", script).toString(),
                String.valueOf(proxy.port("plain")),
                String.valueOf(proxy.port("tls")),
                folder.resolve("cert.pem").toString());
        assertThat(printed).startsWith("198.51.100.1\n".repeat(3)).contains("EDE 15");
    }

    @Test
    void an_unbound_forwards_to_it_in_clear_and_over_tls() throws Exception {
        for (String listener : List.of("plain", "tls")) {
            int port = Programs.freePort();
            programs.serve(
                    port,
                    "unbound",
                    "-d",
                    "-c",
                    programs.write("client-" + listener + ".conf", """
                    server:
                      interface: 127.0.0.1@%d
                      directory: "%s"
                      chroot: ""
                      username: ""
                      pidfile: ""
                      use-syslog: no
                      module-config: "iterator"
                      do-not-query-localhost: no
                      local-zone: "test." nodefault
                      tls-cert-bundle: "%s"
                    forward-zone:
                      name: "."
                      forward-tls-upstream: %s
                      forward-addr: 127.0.0.1@%d#dns.test
                    remote-control:
                      control-enable: no
                    """.formatted(
                                            port,
                                            folder,
                                            folder.resolve("cert.pem"),
                                            listener.equals("tls") ? "yes" : "no",
                                            proxy.port(listener)))
                            .toString());
            String[] question = {"dig", "@127.0.0.1", "-p", String.valueOf(port), "+short", "www.far.fenliu.test"};
            assertThat(programs.run(question)).isEqualTo("198.51.100.2\n");
        }
    }

    @Test
    void dnsperf_loses_nothing() throws Exception {
        String queries = "www.fenliu.test A\nwww.fenliu.test AAAA\nwww.far.fenliu.test HTTPS\nnas.lan A\n";
        // Of several HTTP answers in one TLS record it reads one.
        for (String mode : List.of("udp -c 4 -q 50", "tcp -c 4 -q 50", "dot -c 4 -q 50", "doh -c 1 -q 1")) {
            String printed = ask(
                    "dnsperf",
                    mode.startsWith("do") ? "tls" : "plain",
                    "-s 127.0.0.1 -p PORT -n 500 -m " + mode,
                    "-d",
                    programs.write("queries", queries).toString());
            assertThat(printed).contains("Queries completed:    2000 (100.00%)").contains("NOERROR 2000 (100.00%)");
        }
    }

    @Test
    void many_queries_at_once_share_an_https_connection() throws Exception {
        // www.fenliu.test A, as RFC 8484 section 4.1 writes it into a path
        String query = "AAABAAABAAAAAAAAA3d3dwZmZW5saXUEdGVzdAAAAQAB";
        String url = "https://127.0.0.1:" + proxy.port("tls") + "/dns-query?dns=" + query;
        assertThat(programs.run("h2load", "-n", "2000", "-c", "4", "-m", "50", url))
                .contains("2000 succeeded, 0 failed, 0 errored, 0 timeout")
                .contains("status codes: 2000 2xx");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            404; /; -d x
            404; /dns-query/more?dns=AAABAAABAAAAAAAAA3d3dwZmZW5saXUEdGVzdAAAAQAB;
            405; /dns-query; -X PUT
            400; /dns-query;
            400; /dns-query?dns=A*B;
            400; /dns-query?dns=AAAB;
            415; /dns-query; -d x
            415; /dns-query; -d x -H content-type:application/json
            400; /dns-query; -d x -H content-type:application/dns-message
            413; /dns-query; --data-binary @LONG -H content-type:application/dns-message
            200; /dns-query?dns=AAABAAABAAAAAAAAA3d3dwZmZW5saXUEdGVzdAAAAQAB; -H accept:application/dns-message
            """)
    void what_is_no_query_over_https_gets_its_status(String status, String path, String arguments) throws Exception {
        Files.write(folder.resolve("long"), new byte[5000]);
        List<String> command =
                new ArrayList<>(List.of("curl", "-sk", "--http2", "-o", "/dev/null", "-w", "%{http_code}", "-m", "10"));
        if (arguments != null) {
            command.addAll(List.of(
                    arguments.replace("LONG", folder.resolve("long").toString()).split(" ")));
        }
        command.add("https://127.0.0.1:" + proxy.port("tls") + path);
        assertThat(programs.run(command.toArray(new String[0]))).isEqualTo(status);
    }

    @Test
    void without_the_tunnel_its_names_fail_and_nobody_else_is_asked() throws Exception {
        assertThat(dig("www.lost.fenliu.test"))
                .contains("status: SERVFAIL")
                .contains("EDE: 23 (Network Error)")
                .contains("outbound \"gone\"");
        assertThat(asked("near")).doesNotContainIgnoringCase("lost.fenliu.test");
        assertThat(asked("far")).doesNotContainIgnoringCase("lost.fenliu.test");
    }
}

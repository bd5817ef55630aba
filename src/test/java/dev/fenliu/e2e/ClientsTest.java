package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of others through the home end: which road did their requests take? */
@Tag("program")
@Timeout(120)
class ClientsTest {
    @TempDir
    static Path folder;

    private static Split split;

    @BeforeAll
    static void start() throws Exception {
        split = Split.start(folder, "trojan");
    }

    @AfterAll
    static void stop() throws Exception {
        split.close();
    }

    private static void assertRoads(String tunnelled, String direct) {
        assertThat(tunnelled).contains("road=tunnel host=" + Split.TUNNELLED);
        assertThat(direct).contains("road=direct host=" + Split.DIRECT);
    }

    private static String curl(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(
                List.of(Programs.require("curl"), "-sS", "--max-time", "20", "--noproxy", ""));
        command.addAll(List.of(arguments));
        Programs.Result result = Programs.run(command);
        assertThat(result.code()).as(result.toString()).isZero();
        return result.out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://", "socks5h://", "socks4a://"})
    void curl_in_every_mode_that_sends_names(String scheme) throws Exception {
        String proxy = scheme + "127.0.0.1:" + split.port();
        assertRoads(curl("-x", proxy, split.url(Split.TUNNELLED)), curl("-x", proxy, split.url(Split.DIRECT)));
    }

    @Test
    void curl_by_connect() throws Exception {
        String proxy = "http://127.0.0.1:" + split.port();
        assertRoads(
                curl("-p", "-x", proxy, split.url(Split.TUNNELLED)), curl("-p", "-x", proxy, split.url(Split.DIRECT)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://", "socks4://"})
    void curl_in_modes_that_send_addresses_goes_by_what_it_says_first(String scheme) throws Exception {
        String proxy = scheme + "127.0.0.1:" + split.port();
        String resolve = Split.TUNNELLED + ":" + split.origin.port() + ":127.0.0.1";
        assertThat(curl("-x", proxy, "--resolve", resolve, split.url(Split.TUNNELLED)))
                .contains("road=tunnel");
    }

    @Test
    void curl_posts_and_keeps_the_connection_across_both_roads() throws Exception {
        Path body = folder.resolve("body");
        Files.write(body, new byte[300_000]);
        String out = curl(
                "-x",
                "http://127.0.0.1:" + split.port(),
                "-H",
                "Expect: 100-continue",
                "--data-binary",
                "@" + body,
                split.url(Split.TUNNELLED),
                "--next",
                "-x",
                "http://127.0.0.1:" + split.port(),
                "-sS",
                "-T",
                body.toString(),
                split.url(Split.DIRECT),
                "--next",
                "-x",
                "http://127.0.0.1:" + split.port(),
                "-sS",
                split.url(Split.TUNNELLED));
        assertThat(out).contains("road=tunnel host=" + Split.TUNNELLED + " body=300000");
        assertThat(out).contains("road=direct host=" + Split.DIRECT + " body=300000");
        assertThat(out).contains("road=tunnel host=" + Split.TUNNELLED + " body=0");
    }

    @Test
    void java_http_client() throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .proxy(ProxySelector.of(new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), split.port())))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        assertRoads(get(client, Split.TUNNELLED), get(client, Split.DIRECT));
    }

    private static String get(HttpClient client, String host) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(split.url(host))).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void python_socks() throws Exception {
        String python = "/usr/bin/python3";
        Programs.requireFact(
                Files.isExecutable(Path.of(python))
                        && Programs.run(List.of(python, "-c", "import socks")).code() == 0,
                "python3-socks is not installed");
        String script = """
                import socks, sys
                for kind in (socks.SOCKS5, socks.SOCKS4, socks.HTTP):
                    for host in sys.argv[3:]:
                        s = socks.socksocket()
                        s.settimeout(20)
                        s.set_proxy(kind, "127.0.0.1", int(sys.argv[1]), rdns=True)
                        s.connect((host, int(sys.argv[2])))
                        s.sendall(b"GET / HTTP/1.0\\r\\nHost: " + host.encode() + b"\\r\\n\\r\\n")
                        data = b""
                        while True:
                            more = s.recv(65536)
                            if not more: break
                            data += more
                        print(data.decode().split("\\r\\n\\r\\n")[1])
                """;
        String out = Programs.output(
                python,
                "-c",
                script,
                Integer.toString(split.port()),
                Integer.toString(split.origin.port()),
                Split.TUNNELLED,
                Split.DIRECT);
        assertThat(out.lines().filter(line -> line.contains("road=tunnel host=" + Split.TUNNELLED)))
                .hasSize(3);
        assertThat(out.lines().filter(line -> line.contains("road=direct host=" + Split.DIRECT)))
                .hasSize(3);
    }

    @Test
    void node_socks() throws Exception {
        String node = Programs.require("node");
        Map<String, String> path = Map.of("NODE_PATH", "/usr/share/nodejs:/usr/lib/nodejs");
        Programs.requireFact(
                Programs.run(List.of(node, "-e", "require('socks')"), path, null)
                                .code()
                        == 0,
                "node-socks is not installed");
        String script = """
                const {SocksClient} = require('socks');
                const [proxy, port, ...hosts] = process.argv.slice(1);
                (async () => {
                  for (const type of [4, 5]) for (const host of hosts) {
                    const {socket} = await SocksClient.createConnection({
                      proxy: {host: '127.0.0.1', port: +proxy, type}, command: 'connect',
                      destination: {host, port: +port}});
                    socket.write('GET / HTTP/1.0\\r\\nHost: ' + host + '\\r\\n\\r\\n');
                    let data = '';
                    for await (const chunk of socket) data += chunk;
                    console.log(data.split('\\r\\n\\r\\n')[1]);
                  }
                })().catch(e => { console.error(e); process.exit(1); });
                """;
        Programs.Result result = Programs.run(
                List.of(
                        node,
                        "-e",
                        script,
                        Integer.toString(split.port()),
                        Integer.toString(split.origin.port()),
                        Split.TUNNELLED,
                        Split.DIRECT),
                path,
                null);
        assertThat(result.code()).as(result.toString()).isZero();
        assertRoads(result.out(), result.out());
    }

    @Test
    void proxychains() throws Exception {
        String proxychains = Programs.require("proxychains4");
        Path config = folder.resolve("proxychains.conf");
        Files.writeString(config, "strict_chain\nproxy_dns\n[ProxyList]\nsocks5 127.0.0.1 " + split.port() + "\n");
        String curl = Programs.require("curl");
        assertRoads(
                Programs.output(
                        proxychains,
                        "-q",
                        "-f",
                        config.toString(),
                        curl,
                        "-sS",
                        "--max-time",
                        "20",
                        split.url(Split.TUNNELLED)),
                Programs.output(
                        proxychains,
                        "-q",
                        "-f",
                        config.toString(),
                        curl,
                        "-sS",
                        "--max-time",
                        "20",
                        split.url(Split.DIRECT)));
    }

    @Test
    void one_line_a_flow_tells_the_rule_and_the_road() throws Exception {
        curl("-x", "socks5h://127.0.0.1:" + split.port(), split.url(Split.TUNNELLED));
        split.home.awaitText("host=" + Split.TUNNELLED + ":" + split.origin.port());
        assertThat(split.home.text())
                .containsPattern("flow id=\\d+ net=tcp source=127.0.0.1:\\d+ host=" + Split.TUNNELLED
                        + ":\\d+ rule=\\S*home.yaml:6 path=ai/vps up=\\d+ down=\\d+ ms=\\d+ end=ok");
    }
}

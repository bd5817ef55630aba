package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A VPN that is somebody else's, as a network interface that comes and goes beside the way that all else takes. */
@Tag("program")
@Timeout(120)
class InterfacesTest {
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:7890"}]
            log: {flows: on}
            outbounds: {vpn: {type: direct, interface: vpn0}}
            groups: {both: {type: fallback, members: [vpn, direct], check: off}}
            rules: [{port: 8001, to: vpn}, {port: 8002, to: both}, {to: direct}]
            """;

    @TempDir
    private Path folder;

    private void ip(Village village, String machine, String arguments) throws Exception {
        Programs.Result done = village.run(machine, List.of(("ip " + arguments).split(" ", -1)));
        assertThat(done.code()).as(arguments + ": " + done.err()).isZero();
    }

    /** A pair of interfaces between the box and the origin, whose both ends have an address. */
    private void bringVpn(Village village) throws Exception {
        String there = village.command("origin", "x").get(3);
        ip(village, "box", "link add vpn0 type veth peer name vpn1 netns " + there);
        ip(village, "box", "addr add 10.9.0.1/24 dev vpn0");
        ip(village, "box", "link set vpn0 up");
        ip(village, "origin", "addr add 10.9.0.2/24 dev vpn1");
        ip(village, "origin", "link set vpn1 up");
        ip(village, "box", "route add 198.51.100.0/24 via 10.9.0.2 dev vpn0 metric 500");
    }

    /** What the origin sees as the source of a request on a port: empty if there is no answer. */
    private String seen(Village village, int port) throws Exception {
        Programs.Result done = village.run(
                "box",
                List.of("curl", "-s", "-m", "8", "-x", "socks5h://127.0.0.1:7890", "http://198.51.100.2:" + port));
        return done.out().strip();
    }

    @Test
    void its_rules_refuse_while_it_is_down_or_gone_and_nothing_leaves_by_another() throws Exception {
        Programs.require("curl");
        Programs.require("python3");
        Path server = folder.resolve("server.py");
        Files.writeString(server, """
                import http.server, socketserver, sys, threading
                class Tell(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        text = self.client_address[0].encode()
                        self.send_response(200)
                        self.send_header("Content-Length", str(len(text)))
                        self.end_headers()
                        self.wfile.write(text)
                        open(sys.argv[1], "a").write("%s %d\\n" % (self.client_address[0], self.server.server_port))
                for port in (8001, 8002, 8003):
                    served = http.server.ThreadingHTTPServer(("0.0.0.0", port), Tell)
                    threading.Thread(target=served.serve_forever).start()
                print("ready", flush=True)
                """);
        Path asked = folder.resolve("asked");
        Path config = folder.resolve("home.yaml");
        Fenliu.write(config, CONFIG);
        try (Village village = Village.build()) {
            bringVpn(village);
            Process origin = new ProcessBuilder(
                            village.command("origin", "python3", server.toString(), asked.toString()))
                    .redirectErrorStream(true)
                    .start();
            try (Fenliu home = Fenliu.launch(
                    folder, "home", village.command("box", Fenliu.command("run", "-c", config.toString())))) {
                await().atMost(Duration.ofSeconds(30)).until(() -> !seen(village, 8003).isEmpty());
                assertThat(seen(village, 8001)).isEqualTo("10.9.0.1");
                assertThat(seen(village, 8002)).isEqualTo("10.9.0.1");
                assertThat(seen(village, 8003)).isEqualTo("198.51.100.1");
                ip(village, "box", "link set vpn0 down");
                assertThat(seen(village, 8001)).isEmpty();
                assertThat(seen(village, 8002)).isEqualTo("198.51.100.1");
                assertThat(home.text()).contains("the network interface \\\"vpn0\\\" is down");
                ip(village, "box", "link del vpn0");
                assertThat(seen(village, 8001)).isEmpty();
                assertThat(seen(village, 8002)).isEqualTo("198.51.100.1");
                assertThat(home.text()).contains("the network interface \\\"vpn0\\\" is not there");
                bringVpn(village);
                assertThat(seen(village, 8001)).isEqualTo("10.9.0.1");
                await().atMost(Duration.ofSeconds(60)).until(() -> seen(village, 8002).equals("10.9.0.1"));
            } finally {
                origin.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
        assertThat(Files.readAllLines(asked).stream().filter(line -> line.endsWith(" 8001")))
                .containsOnly("10.9.0.1 8001");
    }
}

package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.nayuki.qrcodegen.QrCode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a jar and nothing else to a home that is served, on the page alone: the box has a VPN that is up and no config, the
 * server is one's own, and the client is a telephone. Each is a machine of its own; the browser reaches the page by a bridge.
 */
@Tag("program")
@Timeout(240)
class FirstStepsTest {
    private static final Pattern STRING = Pattern.compile("fenliu://\\S+/[A-Za-z0-9_-]{60,}");
    private static final String ORIGIN = "198.51.100.2";
    private static final String LAN = "192.168.77.1:7891";

    /** Listens here and connects there: a socket stays in the network in which it was made. */
    private static final String BRIDGE = """
            import ctypes, os, socket, sys, threading

            def copy(one, other):
                try:
                    while data := one.recv(65536):
                        other.sendall(data)
                    other.shutdown(socket.SHUT_WR)
                except OSError:
                    one.close()
                    other.close()

            listener = socket.create_server(("127.0.0.1", 0), backlog=50)
            if ctypes.CDLL(None, use_errno=True).setns(os.open("/run/netns/" + sys.argv[1], os.O_RDONLY), 0):
                raise OSError(ctypes.get_errno(), "setns")
            print("port", listener.getsockname()[1], flush=True)
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", 9090))
                threading.Thread(target=copy, args=(near, far), daemon=True).start()
                threading.Thread(target=copy, args=(far, near), daemon=True).start()
            """;

    @TempDir
    private Path folder;

    /** What is closed in the end, the last one first. */
    private final List<AutoCloseable> open = new ArrayList<>();

    private Village village;
    private Fenliu server;
    private Fenliu home;
    private Page page;
    private Path config = Path.of("");

    @BeforeEach
    void start() throws Exception {
        village = also(Village.build());
        String python = Programs.require("python3");
        bringVpn();
        Path peer = folder.resolve("peer.py");
        Files.write(
                peer,
                FirstStepsTest.class.getResourceAsStream("/gateway/peer.py").readAllBytes());
        serve("origin", "ready", village.command("origin", python, peer.toString(), "origin", "8080"));
        server = also(Fenliu.launch(
                Files.createDirectories(folder.resolve("vps")),
                "vps",
                village.command(
                        "server",
                        Fenliu.command(
                                "serve",
                                "--folder",
                                folder.resolve("vps/server").toString(),
                                "--address",
                                "203.0.113.1",
                                "--port",
                                "443"))));
        home = also(withoutConfig());
        config = home.folder().resolve("fenliu/config.yaml");
        Path script = Files.writeString(folder.resolve("bridge.py"), BRIDGE);
        String box = village.command("box", "x").get(3);
        String said = serve("bridge", "port ", List.of(python, script.toString(), box));
        String bridge = "127.0.0.1:" + said.replaceAll("(?s).*port (\\d+).*", "$1");
        page = also(Page.start(folder, "--host-resolver-rules=MAP 127.0.0.1:9090 " + bridge));
        page.size(1280, 900);
    }

    private <T extends AutoCloseable> T also(T one) {
        open.add(one);
        return one;
    }

    /** Starts a program that goes on. @return what it says once it has said {@code until} */
    private String serve(String name, String until, List<String> command) throws IOException {
        Path log = folder.resolve(name + ".log");
        also(Programs.serve(log, command.toArray(String[]::new)));
        Awaitility.await()
                .until(() -> Files.readString(log).contains(until)
                        && Files.readString(log).endsWith("\n"));
        return Files.readString(log);
    }

    /** A link to the origin called as WireGuard calls its own. */
    private void bringVpn() throws Exception {
        String there = village.command("origin", "x").get(3);
        run("box", "ip link add wg0 type veth peer name wg1 netns " + there);
        run("box", "ip addr add 10.9.0.1/24 dev wg0");
        run("box", "ip link set wg0 up");
        run("origin", "ip addr add 10.9.0.2/24 dev wg1");
        run("origin", "ip link set wg1 up");
        run("box", "ip route add 198.51.100.0/24 via 10.9.0.2 dev wg0 metric 500");
    }

    private String run(String machine, String command) throws Exception {
        Programs.Result done = village.run(machine, List.of(command.split(" ", -1)));
        assertThat(done.code()).as(command + ": " + done.err()).isZero();
        return done.out();
    }

    private Fenliu withoutConfig() throws Exception {
        Path own = Files.createDirectories(folder.resolve("home"));
        return Fenliu.launch(own, "run", there("run"));
    }

    /** A command on the box, for somebody who has no file of his own yet. */
    private List<String> there(String... words) {
        Path own = folder.resolve("home");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "-C",
                own.toString(),
                "-u",
                "FENLIU_CONFIG",
                "XDG_CONFIG_HOME=" + own,
                "XDG_STATE_HOME=" + own.resolve("state")));
        command.addAll(Fenliu.command(words));
        command.replaceAll(word -> word.equals("target/fenliu.jar")
                ? Path.of(word).toAbsolutePath().toString()
                : word);
        return village.command("box", command);
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private void show(String hash, String ready) throws Exception {
        page.evaluate("location.hash = '#/" + hash + "'");
        page.until(ready);
    }

    /** As whom the origin sees a machine that asks it through the proxy at that address. */
    private String seen(String machine, String proxy) throws Exception {
        return run(machine, "curl -sf -m 10 --noproxy x -x http://" + proxy + " http://" + ORIGIN + ":8080/")
                .replaceAll("seen (\\S+) said .*\\s*", "$1");
    }

    @Test
    void a_vpn_that_is_up_then_ones_own_server_then_the_devices_of_the_home() throws Exception {
        logIn();
        useTheVpn();
        pair();
        openTheHome();
        nameTheTelephone();
        assertThat(page.complaints()).isEmpty();
    }

    private void logIn() throws Exception {
        Programs.Result told = Programs.run(there("dashboard"));
        assertThat(told.out()).as(told.err()).startsWith("http://127.0.0.1:9090/#code=");
        page.open(told.out().strip());
        page.until("document.querySelector('.tiles')");
        page.click("main a[href=\"#/setup\"]");
        page.until("document.querySelector('.found')");
        assertThat(page.audit("first-steps")).isEmpty();
        assertThat(config).doesNotExist();
    }

    private void useTheVpn() throws Exception {
        assertThat(page.text(".found")).contains("wg0", "10.9.0.1").doesNotContain("fe80");
        page.clickText(".found button", "Use wg0");
        page.until("document.querySelector('.part .badge-ok') && !document.querySelector('.found button')");
        assertThat(page.text(".found")).contains("In use as wg0");
        assertThat(Files.readString(config))
                .contains("wg0: {type: direct, interface: wg0}", "tunnel: {type: select, members: [wg0]}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config)))
                .isEqualTo("rw-------");
        home.awaitText("generation 2 is in force");
        show("explain?host=chatgpt.com", "document.querySelector('.verdict-tunnel')");
        assertThat(page.text(".verdict-line")).contains("tunnel › wg0");
        assertThat(seen("box", "127.0.0.1:7890")).isEqualTo("198.51.100.1");
        send("wg0");
        assertThat(seen("box", "127.0.0.1:7890")).isEqualTo("10.9.0.1");
    }

    /** Sends what goes to the origin another way. */
    private void send(String to) throws Exception {
        show("explain?host=" + ORIGIN, "document.querySelector('.verdict-line')?.innerText.includes('" + ORIGIN + "')");
        page.click("[data-send=" + to + "]");
        page.until("document.querySelector('.verdict-line .target')?.innerText.endsWith('" + to + "')");
    }

    private void pair() throws Exception {
        show("setup", "document.querySelector('.paste input')");
        Matcher string = STRING.matcher(server.text());
        assertThat(string.find()).isTrue();
        paste(string.group(), "pairing string");
        page.until("document.querySelector('.part').innerText.includes('There are 2 tunnels')");
        assertThat(Files.readString(config))
                .contains("  vps: {type: ", "203.0.113.1:443", "members: [vps, wg0]")
                .doesNotContain(string.group());
        show("explain?host=chatgpt.com", "document.querySelector('.verdict-tunnel')");
        assertThat(page.text(".verdict-line")).contains("tunnel › vps");
        send("vps");
        assertThat(seen("box", "127.0.0.1:7890")).isEqualTo("203.0.113.1");
        show("setup", "document.querySelector('.paste input')");
        paste(string.group(), "pairing string");
        page.until("document.querySelector('.refusal')");
        assertThat(page.text(".refusal")).contains("used already");
        page.evaluate("[...document.querySelectorAll('.switches label')].find(one => one.innerText === '中文').click()");
        page.until("document.querySelector('.refusal').innerText.includes('配对没有成功')");
        assertThat(page.audit("refused-pairing-zh")).isEmpty();
        page.evaluate(
                "[...document.querySelectorAll('.switches label')].find(one => one.innerText === 'English').click()");
        page.until("document.documentElement.lang === 'en'");
    }

    private void paste(String text, String kind) throws Exception {
        page.fill(".paste input", text);
        page.until("document.querySelector('.paste .hint').innerText.includes('" + kind + "')");
        page.click(".paste button:not(:disabled)");
    }

    private void openTheHome() throws Exception {
        String line = page.text(".point p code");
        assertThat(line).contains("0.0.0.0:7891");
        Fenliu.write(
                config,
                Files.readString(config) + "\nlisteners:\n  - {type: mixed, listen: \"127.0.0.1:7890\"}\n  " + line
                        + "\n");
        String script = "http://" + LAN + "/proxy.pac";
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(run("client", "curl -sf -m 10 " + script)).contains("\"PROXY " + LAN));
        page.evaluate("window.old = true; location.reload()");
        page.until("!window.old && document.querySelector('.point')");
        assertThat(page.text(".addresses")).contains("127.0.0.1:7890");
        assertThat(page.evaluate("document.querySelector('.qr') === null").getAsBoolean())
                .isTrue();
        page.clickText(".choice label", "Other devices at home");
        page.until("document.querySelector('.qr path')");
        assertThat(page.text(".addresses")).contains(LAN, script).doesNotContain("127.0.0.1");
        assertThat(page.text(".guide")).contains(script);
        assertThat(page.audit("first-steps-home")).isEmpty();
        assertThat(squares()).isEqualTo(squares(QrCode.encodeText(script, QrCode.Ecc.LOW)));
        assertThat(seen("client", LAN)).isEqualTo("203.0.113.1");
    }

    /** The code as it is seen, a line of it a string, with four squares of margin. */
    private List<String> squares() throws Exception {
        int size = page.evaluate("document.querySelector('.qr svg').viewBox.baseVal.width")
                .getAsInt();
        BufferedImage seen = page.picture(".qr svg");
        double square = (double) seen.getWidth() / size;
        List<String> lines = new ArrayList<>();
        for (int y = 0; y < size; y++) {
            StringBuilder line = new StringBuilder();
            for (int x = 0; x < size; x++) {
                int colour = seen.getRGB((int) ((x + 0.5) * square), (int) ((y + 0.5) * square));
                line.append((colour >> 8 & 0xff) < 128 ? '#' : ' ');
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static List<String> squares(QrCode code) {
        List<String> lines = new ArrayList<>();
        for (int y = -4; y < code.size + 4; y++) {
            StringBuilder line = new StringBuilder();
            for (int x = -4; x < code.size + 4; x++) {
                line.append(code.getModule(x, y) ? '#' : ' ');
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private void nameTheTelephone() throws Exception {
        String before = Files.readString(config);
        show("devices", "document.querySelectorAll('.device .share-names').length === 2");
        assertThat(page.text(".screen")).contains("This machine", "192.168.77.2");
        page.click("button[aria-label=\"Name 192.168.77.2\"]");
        page.fill(".naming input", "Anna’s phone");
        page.click(".naming button[type=submit]");
        page.until("document.querySelector('.device[aria-label=\"Anna’s phone\"] .share-names')");
        assertThat(page.audit("named")).isEmpty();
        assertThat(Files.readString(config)).startsWith(before).endsWith(": \"Anna’s phone\"\n");
        assertThat(seen("client", LAN)).isEqualTo("203.0.113.1");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(Programs.run(there("status")).out()).contains("Anna’s phone"));
        page.clickText(".toast button", "Undo");
        page.until("document.querySelector('.device[aria-label=\"192.168.77.2\"]')");
        assertThat(Files.readString(config)).isEqualTo(before);
    }
}

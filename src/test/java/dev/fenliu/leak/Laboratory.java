package dev.fenliu.leak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.DevTools;
import dev.fenliu.e2e.Fenliu;
import dev.fenliu.e2e.Programs;
import dev.fenliu.e2e.Village;
import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.sniff.QuicClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A client, the box with the program, the server of its tunnel, and between those two the provider, who resolves names, is
 * every origin, and writes down each packet that comes from the box. The box is a gateway: what the client sends to the
 * world by itself comes to the program too.
 */
final class Laboratory implements AutoCloseable {
    static final String TUNNEL = "tcp 203.0.113.1:443";
    static final String RESOLVER = "udp 198.51.100.2:53";

    private static final List<String> ADDRESSES =
            List.of("198.51.100.2", "2001:db8:100::2", "198.51.100.3", "2001:db8:100::3");
    private static final Pattern GENERATION = Pattern.compile("generation (\\d+) is in force");

    final Path folder;
    final Village village;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Capture capture;
    /** Where tunnels of any scenario so far end: their flows may outlive it. */
    final Set<String> tunnels = new TreeSet<>();

    private final List<String> cuts = new ArrayList<>();
    private int held;
    private Fenliu server;
    private Fenliu box;

    Laboratory(Path folder) throws Exception {
        this.folder = folder;
        village = Village.build();
        running.push(village);
        certificate("far", "far.test", Instant.now());
        certificate("other", "other.test", Instant.now());
        certificate("old", "far.test", Instant.now().minus(Duration.ofDays(5000)));
        for (String file : List.of("isp.py", "ask.py", "birds.txt")) {
            Files.writeString(folder.resolve(file), Canaries.text(file));
        }
        quic();
        providerSays("");
        List<String> isp = new ArrayList<>(
                List.of(Programs.require("python3"), folder.resolve("isp.py").toString(), folder.toString()));
        isp.addAll(ADDRESSES);
        running.push(Programs.serve(
                folder.resolve("isp.log"), village.command("origin", isp).toArray(String[]::new)));
        Awaitility.await()
                .until(() -> Files.readString(folder.resolve("isp.log")).contains("ready"));
        startServer();
        running.push(() -> server.close());
        capture = new Capture(village, folder);
        running.push(capture);
    }

    private void certificate(String file, String name, Instant made) throws IOException {
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse(name)), made);
        Fenliu.write(folder.resolve(file + ".pem"), certificate.certificate());
        Fenliu.write(folder.resolve(file + ".key"), certificate.privateKey());
    }

    private void quic() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String name : Canaries.ALL) {
            byte[] hello = QuicClient.hello(name, 300);
            byte[] datagram = new QuicClient(QuicClient.V1, "0102030405060708")
                    .datagram(0, QuicClient.crypto(hello, 0, hello.length));
            lines.append(name)
                    .append(' ')
                    .append(HexFormat.of().formatHex(datagram))
                    .append('\n');
        }
        Files.writeString(folder.resolve("quic"), lines);
    }

    /** The tunnel's server: at one port as it should be, at others with something wrong. */
    void startServer() throws IOException {
        String trojan =
                "{type: trojan, listen: \"0.0.0.0:%d\", password: s3cret, certificate: %s.pem, private-key: %2$s.key}";
        Fenliu.write(folder.resolve("server.yaml"), """
                listeners: [%s, %s, %s,
                  {type: shadowsocks, listen: "0.0.0.0:8388", method: aes-128-gcm, password: s3cret}]
                rules: [{to: direct}]
                dns: {direct: ["udp://198.51.100.2:53"], ipv6: yes}
                """.formatted(
                        trojan.formatted(443, "far"), trojan.formatted(444, "other"), trojan.formatted(445, "old")));
        server = Fenliu.launch(
                folder,
                "server",
                village.command(
                        "server",
                        Fenliu.command(
                                "run", "-c", folder.resolve("server.yaml").toString())));
    }

    void killServer() throws InterruptedException {
        server.process().destroyForcibly().waitFor();
    }

    /** What the provider says of names, in lines of {@code NAME TYPE VALUE}. */
    void providerSays(String answers) throws IOException {
        Fenliu.write(folder.resolve("answers"), answers);
    }

    /** Brings a config into force: by a reload where the program runs. */
    void box(Home home) throws Exception {
        if (box == null) {
            boot(home);
            return;
        }
        int before = generation();
        write(home);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> generation() > before);
    }

    /** Saves a config that cannot come into force. */
    void refused(String text) throws IOException {
        int before = refusals();
        Fenliu.write(folder.resolve("box.yaml"), text);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> refusals() > before);
    }

    private int refusals() {
        return box.text().split("the old config stays in force", -1).length;
    }

    private void write(Home home) throws IOException {
        Fenliu.write(folder.resolve("box.yaml"), home.text());
    }

    int generation() {
        return (int) GENERATION.matcher(box.text()).results().count();
    }

    /** Starts the program anew. */
    void boot(Home home, String... before) throws Exception {
        write(home);
        if (box == null) {
            Programs.Result up = village.run(
                    "box",
                    Fenliu.command(
                            "gateway", "up", "-c", folder.resolve("box.yaml").toString()));
            assertThat(up.code()).as(up.toString()).isZero();
        }
        stop();
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(Fenliu.command("run", "-c", folder.resolve("box.yaml").toString()));
        box = Fenliu.launch(folder, "box", village.command("box", command));
    }

    /** Ends the program. */
    void stop() throws Exception {
        if (box != null) {
            box.close();
        }
    }

    void kill() throws InterruptedException {
        box.process().destroyForcibly().waitFor();
    }

    /** Whether the box hands on what its program does not take, as a router would. */
    void forwarding(boolean on) throws Exception {
        String files = "/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding";
        Programs.output(village.command("box", "sh", "-c", "echo " + (on ? 1 : 0) + " | tee " + files)
                .toArray(String[]::new));
    }

    /** Runs something beside what goes on. */
    <T> CompletableFuture<T> background(Callable<T> work) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return work.call();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    Fenliu box() {
        return box;
    }

    private List<String> asking(Map<String, String> names) {
        List<String> command = new ArrayList<>(List.of(
                Programs.require("python3"),
                folder.resolve("ask.py").toString(),
                folder.resolve("quic").toString()));
        names.forEach((entrance, name) -> command.addAll(List.of(entrance, name)));
        return command;
    }

    /** Clients that go on; waits until all have got through. */
    Held hold(Map<String, String> names) throws IOException {
        Held clients = new Held(folder.resolve("held" + ++held), names.size());
        List<String> command = new ArrayList<>(List.of("env", "HOLD=" + clients.stopper()));
        command.addAll(asking(names));
        running.push(
                Programs.serve(clients.log(), village.command("client", command).toArray(String[]::new)));
        clients.begun();
        return clients;
    }

    /** Clients ask, each at its entrance for its name, all at once. */
    Answers ask(Map<String, String> names) throws Exception {
        Programs.Result result = village.run("client", asking(names));
        assertThat(result.err()).isEmpty();
        List<String> lines = result.out().lines().toList();
        assertThat(lines).as(result.toString()).hasSize(names.size());
        return new Answers(lines);
    }

    /** What the program remembers: copies of lists, and answers of resolvers. */
    List<Path> memories() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(list|state)"))
                    .toList();
        }
    }

    /** What a browser shows of a site; its PAC file knows the box and nothing else. */
    String browse(String name) throws Exception {
        String pac = "function FindProxyForURL(url, host) { return 'PROXY 192.168.77.1:7890'; }";
        return village.run(
                        "client",
                        DevTools.chromium(
                                folder.resolve("browser" + ++held),
                                "--proxy-pac-url=data:application/x-ns-proxy-autoconfig;base64,"
                                        + Base64.getEncoder().encodeToString(pac.getBytes(StandardCharsets.US_ASCII)),
                                "--dump-dom",
                                "http://" + name + "/"))
                .out();
    }

    /** Whatever has been sent so far is of no interest. */
    void begin() throws Exception {
        capture.begin();
    }

    /** What came from the box since. */
    Traffic traffic() throws Exception {
        return capture.since();
    }

    /** Nothing from the box gets to this address any more: it is told so ({@code unreachable}) or not ({@code blackhole}). */
    void cut(String how, String address) throws Exception {
        rule("add", "iif", "box", "to", address, how);
        cuts.add(address);
    }

    private void rule(String... rule) throws Exception {
        List<String> command = new ArrayList<>(List.of(Programs.require("ip"), "rule"));
        command.addAll(List.of(rule));
        Programs.output(village.command("origin", command).toArray(String[]::new));
    }

    /** All works as in the beginning. */
    void heal() throws Exception {
        for (String address : cuts) {
            rule("del", "to", address);
        }
        cuts.clear();
        if (!server.process().isAlive()) {
            startServer();
        }
    }

    @Override
    public void close() throws Exception {
        if (box != null) {
            running.push(box);
        }
        Throwable first = null;
        for (AutoCloseable one : running) {
            try {
                one.close();
            } catch (Exception | AssertionError e) { // the rest has to go all the same
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw new AssertionError(first);
        }
    }
}

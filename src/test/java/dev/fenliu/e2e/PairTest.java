package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.fenliu.app.pair.PairingString;
import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of one's own tunnel: from nothing to a tunnel that works, and out again. */
@Tag("program")
@Timeout(180)
class PairTest {
    private static final Pattern STRING = Pattern.compile("fenliu://\\S+/[A-Za-z0-9_-]{60,}");
    private static final String HOME = """
            # my own words
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            groups:
              ai: {type: select, members: []}  # none yet
            rules: [{to: ai}]
            api: {listen: off}
            """;

    @TempDir
    private Path folder;

    /** All that any process said, and how it was called. */
    private final StringBuilder said = new StringBuilder();

    private Origin origin;
    private Fenliu server;
    private Path config;

    @BeforeEach
    void serve() throws Exception {
        origin = new Origin();
        server = serve("vps");
        Files.createDirectories(folder.resolve("home"));
        config = folder.resolve("home/config.yaml");
        Fenliu.write(config, HOME);
    }

    private Fenliu serve(String name) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Fenliu fenliu = Fenliu.launch(
                own,
                name,
                Fenliu.command(
                        "serve",
                        "--folder",
                        own.resolve("server").toString(),
                        "--address",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(Programs.freePort())));
        fenliu.awaitText("fenliu://");
        fenliu.awaitText("█".repeat(40));
        return fenliu;
    }

    @AfterEach
    void end() throws Exception {
        origin.close();
        server.close();
    }

    private static String string(String text) {
        Matcher matcher = STRING.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group();
    }

    /** Runs {@code pair} at home with a string on standard input. */
    private Programs.Result pair(String string) throws Exception {
        Path out = folder.resolve("pair.out");
        Path err = folder.resolve("pair.err");
        ProcessBuilder builder = new ProcessBuilder(Fenliu.command("pair", "-c", config.toString()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        Process process = builder.start();
        said.append(Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")));
        process.getOutputStream().write((string + "\n").getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        Programs.Result result = new Programs.Result(process.exitValue(), Files.readString(out), Files.readString(err));
        said.append(result.out()).append(result.err());
        return result;
    }

    /** Runs a command about the users, on the server. */
    private Programs.Result manage(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("pair"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--folder", server.folder().resolve("server").toString()));
        return Fenliu.run(command.toArray(String[]::new));
    }

    private Programs.Result curl(Fenliu home) throws Exception {
        return Programs.run(List.of(
                Programs.require("curl"),
                "-sS",
                "-m10",
                "-x",
                "http://127.0.0.1:" + home.port("in"),
                "http://127.0.0.1:" + origin.port() + "/"));
    }

    private void awaitCurl(Fenliu home, String words) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(curl(home).out()).contains(words));
    }

    private void awaitRefusal(Fenliu home) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(curl(home).out()).doesNotContain("road="));
    }

    private void allowLoopback() throws IOException {
        Path file = server.folder().resolve("server/config.yaml");
        Fenliu.write(
                file,
                Files.readString(file)
                        .replace("    users-file: users.yaml", "    users-file: users.yaml\n    allow-private: true"));
    }

    @Test
    void from_nothing_to_a_tunnel_and_out_again() throws Exception {
        allowLoopback();
        String string = string(server.text());
        assertThat(server.text()).contains("ufw allow ").contains("listening on ");
        Programs.Result paired = pair(string);
        assertThat(paired.err()).contains("The tunnel works.");
        assertThat(paired.code()).isZero();
        assertThat(paired.out()).isEmpty();
        assertThat(Files.readString(config))
                .contains("# my own words")
                .contains("members: [vps]}  # none yet")
                .contains("${file:vps.key}");
        assertThat(paired.err()).contains("paired: vps (", "fenliu undo 1 -c " + config);
        assertThat(folder.resolve("home/config.yaml.bak")).doesNotExist();
        Path key = folder.resolve("home/vps.key");
        assertThat(Files.getPosixFilePermissions(key)).hasSize(2);

        try (Fenliu home =
                Fenliu.launch(folder.resolve("home"), "run", Fenliu.command("run", "-c", config.toString()))) {
            awaitCurl(home, "road=");
            Programs.Result again = pair(string);
            assertThat(again.code()).isEqualTo(1);
            assertThat(again.err()).contains("used already");
            server.awaitText("pairing of home from 127.0.0.1 refused");
            awaitCurl(home, "road="); // the first is not disturbed

            Programs.Result rotated = manage("rotate", "home");
            awaitRefusal(home);
            assertThat(pair(string(rotated.out())).err())
                    .contains("with a new key")
                    .contains("The tunnel works.");
            awaitCurl(home, "road=");

            assertThat(manage("list").out()).startsWith("home  paired at ");
            usesNoMoreThanItMay(home);
            assertThat(manage("revoke", "home").code()).isZero();
            awaitRefusal(home);
            assertThat(pair(string(rotated.out())).code()).isNotZero();
            said.append(home.text());
        }
        secretsWereNotSaid(key);
    }

    /** A flow that runs is ended by the limit of a month, and its user has no other until there is a new one. */
    private void usesNoMoreThanItMay(Fenliu home) throws Exception {
        assertThat(manage("limit", "home", "--traffic", "100KB").err()).contains("100 KiB a month");
        HttpServer slow = slow();
        try {
            String url = "http://127.0.0.1:" + slow.getAddress().getPort() + "/long";
            assertThatThrownBy(() -> fetch(home, url)).isInstanceOf(IOException.class);
        } finally {
            slow.stop(0);
        }
        awaitRefusal(home);
        assertThat(manage("limit", "home", "--traffic", "0").code()).isZero();
        awaitCurl(home, "road=");
        assertThat(manage("list").out()).doesNotContain(" 0 KiB this month");
    }

    /** The string was shown once, where it should be; nothing else that is secret was, anywhere. */
    private void secretsWereNotSaid(Path key) throws IOException {
        String all = said.toString();
        assertThat(STRING.matcher(all).find()).isFalse();
        assertThat(all).doesNotContain(Files.readAllLines(key).get(0));
        assertThat(STRING.matcher(server.text()).results().count()).isEqualTo(1);
        try (Stream<String> lines = Files.lines(server.folder().resolve("server/users.yaml"))) {
            assertThat(lines.filter(line -> line.contains("password"))).isEmpty(); // nobody is left
        }
    }

    @Test
    void a_damaged_string_and_another_server_in_between_are_told_and_the_string_stays_good() throws Exception {
        String string = string(server.text());
        Programs.Result damaged =
                pair(string.substring(0, 50) + (string.charAt(50) == 'x' ? 'y' : 'x') + string.substring(51));
        assertThat(damaged.code()).isEqualTo(2);
        assertThat(damaged.err()).contains("damaged");

        PairingString good = PairingString.parse(string);
        try (Fenliu middle = serve("middle")) {
            PairingString diverted = new PairingString(
                    good.user(), Destination.parse("127.0.0.1:" + middle.port("tunnel")), good.code(), good.pin());
            Programs.Result result = pair(diverted.text().value());
            assertThat(result.code()).isEqualTo(6);
            assertThat(result.err())
                    .contains("has another key than your server")
                    .contains("Nothing was told to it");
            assertThat(middle.text()).doesNotContain("paired");
        }
        PairingString closed = new PairingString(
                good.user(), Destination.parse("127.0.0.1:" + Programs.freePort()), good.code(), good.pin());
        Programs.Result refused = pair(closed.text().value());
        assertThat(refused.code()).isEqualTo(6);
        assertThat(refused.err()).contains("is `fenliu serve` running");
        PairingString unknown = new PairingString(good.user(), good.server(), new Secret("A".repeat(22)), good.pin());
        assertThat(pair(unknown.text().value()).code()).isEqualTo(6);

        assertThat(Files.readString(config)).isEqualTo(HOME);
        assertThat(pair(string).err()).contains("The tunnel works.");
    }

    /** Runs a command at home, about the config. */
    private Programs.Result home(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("-c", config.toString()));
        return Programs.run(
                Fenliu.command(command.toArray(String[]::new)),
                java.util.Map.of("XDG_STATE_HOME", folder.resolve("state").toString()),
                null);
    }

    @Test
    void a_pairing_is_a_change_that_can_be_taken_back_also_where_it_made_the_config() throws Exception {
        String string = string(server.text());
        String broken = HOME.replace("[{to: ai}]", "[{rule-set: none, to: ai}]");
        Fenliu.write(config, broken);
        assertThat(pair(string).err()).contains("nothing was changed, and the string is still good");
        Files.delete(config);
        Programs.Result paired = pair(string);
        assertThat(paired.err()).contains("The tunnel works.", "fenliu undo 1 -c " + config);
        assertThat(Files.readString(config)).startsWith("# Made by Fenliu: ").contains("${file:vps.key}");
        assertThat(Files.getPosixFilePermissions(config)).hasSize(2);
        assertThat(home("changes").out()).contains("paired: vps");
        assertThat(home("undo").code()).isZero();
        assertThat(Files.readString(config)).startsWith("# Made by Fenliu: ").doesNotContain("vps");

        Fenliu.write(config, HOME);
        assertThat(pair(string(manage("rotate", "home").out())).err()).contains("\"vps2\" is in ", "fenliu undo 3");
        assertThat(home("undo").code()).isZero();
        assertThat(Files.readString(config)).isEqualTo(HOME);
    }

    @Test
    void a_running_program_makes_the_change_itself() throws Exception {
        allowLoopback();
        String text = HOME.replace("{listen: off}", "{listen: \"127.0.0.1:" + Programs.freePort() + "\"}");
        Fenliu.write(config, text);
        try (Fenliu home = Fenliu.launch(folder, "run", Fenliu.command("run", "-c", config.toString()))) {
            Programs.Result paired = pair(string(server.text()));
            assertThat(paired.err()).contains("in force now", "fenliu undo 1", "The tunnel works.");
            awaitCurl(home, "road=");
            assertThat(home("changes").out()).contains("paired: vps");
            assertThat(home("undo").err()).contains("in force now");
            assertThat(Files.readString(config)).isEqualTo(text);
            awaitRefusal(home);
        }
    }

    @Test
    void a_further_start_runs_and_shows_no_secret() throws Exception {
        String[] again = {"serve", "--folder", server.folder().resolve("server").toString()};
        server.close();
        server = Fenliu.launch(server.folder(), "again", Fenliu.command(again));
        assertThat(server.text()).doesNotContain("fenliu://");
        assertThat(manage("new", "home").err()).contains("rotate");
        assertThat(manage("list").out()).contains("home  has a pairing string until ");
        Programs.Result made = manage("new", "phone");
        assertThat(pair(string(made.out())).err()).contains("The tunnel works.");
    }

    private String pairByApi(Fenliu home, String string) throws Exception {
        return call(
                home,
                "setup/tunnel",
                "-H",
                "Content-Type: application/json",
                "-d",
                "{\"pairing\":\"" + string + "\",\"confirm-seconds\":3600}");
    }

    private static String call(Fenliu home, String path, String... more) throws Exception {
        Path token = home.folder().resolve("state/fenliu/api.token");
        List<String> command = new ArrayList<>(List.of(
                Programs.require("curl"),
                "-sS",
                "-m30",
                "--noproxy",
                "*",
                "-H",
                "Authorization: Bearer " + Files.readString(token).strip()));
        command.addAll(List.of(more));
        command.add("http://127.0.0.1:" + home.port("api") + "/api/v1/" + path);
        return Programs.output(command.toArray(String[]::new));
    }

    @Test
    void the_api_of_a_running_home_pairs_too_and_takes_a_new_key_for_the_tunnel_that_is_there() throws Exception {
        allowLoopback();
        Fenliu.write(config, HOME.replace("{listen: off}", "{listen: \"127.0.0.1:0\"}"));
        String string = string(server.text());
        try (Fenliu home =
                Fenliu.launch(folder.resolve("home"), "run", Fenliu.command("run", "-c", config.toString()))) {
            assertThat(pairByApi(home, string)).contains("\"generation\":2");
            assertThat(Files.readString(config)).contains("# my own words", "members: [vps]}  # none yet");
            assertThat(call(home, "changes")).contains("\"paired: vps\"", "\"pending\":{\"until\":\"");
            awaitCurl(home, "road=");
            assertThat(pairByApi(home, string)).contains("used already");
            Programs.Result rotated = manage("rotate", "home");
            awaitRefusal(home);
            assertThat(pairByApi(home, string(rotated.out()))).contains("\"change\":null");
            assertThat(Files.readString(config)).doesNotContain("vps2");
            awaitCurl(home, "road=");
        }
    }

    /** Serves a long answer, slowly, and short ones. */
    private static HttpServer slow() throws IOException {
        HttpServer slow =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 64);
        slow.setExecutor(Executors.newCachedThreadPool());
        slow.createContext("/short", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, 2);
                exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
            }
        });
        slow.createContext("/long", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, 0);
                for (int i = 0; i < 200; i++) {
                    exchange.getResponseBody().write(new byte[10_000]);
                    exchange.getResponseBody().flush();
                    TimeUnit.MILLISECONDS.sleep(50);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        slow.start();
        return slow;
    }

    private static byte[] fetch(Fenliu home, String url) throws IOException {
        java.net.Proxy proxy = new java.net.Proxy(
                java.net.Proxy.Type.HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), home.port("in")));
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection(proxy);
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(20_000);
        connection.setRequestProperty("Connection", "close");
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    /** Asks a DNS listener for one name over and over, each time once. @return how often it was answered */
    private static int ask(int port, AtomicBoolean over) throws IOException {
        byte[] query = "\0\1\1\0\0\1\0\0\0\0\0\0\2up\4test\0\0\1\0\1".getBytes(StandardCharsets.ISO_8859_1);
        int answered = 0;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(InetAddress.getLoopbackAddress(), port); // so that a refusal is told
            socket.setSoTimeout(10_000);
            while (!over.get()) {
                socket.send(new DatagramPacket(query, query.length));
                socket.receive(new DatagramPacket(new byte[512], 512));
                answered++;
                LockSupport.parkNanos(5_000_000); // others want to run too
            }
        }
        return answered;
    }

    private int serveNames() throws IOException {
        int port = Programs.freePort();
        Path file = server.folder().resolve("server/config.yaml");
        Fenliu.write(
                file,
                Files.readString(file)
                        .replace("listeners:\n", "listeners:\n  - {type: dns, listen: \"127.0.0.1:" + port + "\"}\n")
                        .replace("direct: [system]", "direct: [system], hosts: {up.test: 192.0.2.7}"));
        server.awaitText("generation 2 is in force");
        return port;
    }

    @Test
    void an_upgrade_cuts_no_flow_and_refuses_none() throws Exception {
        allowLoopback();
        int names = serveNames();
        assertThat(pair(string(server.text())).code()).isZero();
        HttpServer slow = slow();
        String url = "http://127.0.0.1:" + slow.getAddress().getPort();
        Fenliu old = server;
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (Fenliu home =
                Fenliu.launch(folder.resolve("home"), "run", Fenliu.command("run", "-c", config.toString()))) {
            awaitCurl(home, "road=");
            Future<byte[]> download = threads.submit(() -> fetch(home, url + "/long"));
            AtomicBoolean over = new AtomicBoolean();
            Future<Integer> asked = threads.submit(() -> ask(names, over));
            Future<Integer> loop = threads.submit(() -> {
                int served = 0;
                while (!over.get()) {
                    assertThat(new String(fetch(home, url + "/short"), StandardCharsets.US_ASCII))
                            .isEqualTo("ok");
                    served++;
                }
                return served;
            });
            server = Fenliu.launch(
                    old.folder(),
                    "new",
                    Fenliu.command(
                            "serve",
                            "--take-over",
                            "--folder",
                            old.folder().resolve("server").toString()));
            old.awaitText("stopping: ");
            assertThat(download.isDone()).isFalse();
            assertThat(old.process().isAlive()).isTrue();
            assertThat(download.get(60, TimeUnit.SECONDS)).hasSize(2_000_000);
            assertThat(old.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(old.process().exitValue()).isZero();
            awaitCurl(home, "road=");
            over.set(true);
            assertThat(loop.get(20, TimeUnit.SECONDS)).isGreaterThan(10);
            assertThat(asked.get(20, TimeUnit.SECONDS)).isGreaterThan(10);
        } finally {
            threads.shutdownNow();
            slow.stop(0);
        }
        old.close();
        server.signal("TERM");
        assertThat(server.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(manage("list").out()).containsPattern("home  paired at .* MiB down in \\d{2,} flows in all");
    }
}

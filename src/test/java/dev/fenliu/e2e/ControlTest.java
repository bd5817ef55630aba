package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk to the running program, and curl, through its API. */
@Tag("program")
@Timeout(120)
class ControlTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            api: {listen: "127.0.0.1:0"}
            outbounds: {vps: {type: socks5, server: "127.0.0.1:%d"}}
            groups: {ai: {type: fallback, members: [vps]}}
            rules:
              - {domain-suffix: openai.test, to: ai}
              - {domain-suffix: ads.test, to: block}
              - {to: direct}
            dns: {direct: ["udp://127.0.0.1:%d"], tunnel: ["tcp://127.0.0.1:%d"], hosts: {nas.lan: 192.168.1.10}}
            """;

    @TempDir
    private Path folder;

    private Programs.Result fenliu(String... arguments) throws Exception {
        return Programs.run(
                Fenliu.command(arguments),
                Map.of("XDG_STATE_HOME", folder.resolve("state").toString()),
                null);
    }

    private JsonObject query(Fenliu fenliu, String... name) throws Exception {
        String[] command = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("dns", "query", "--json", "--api", api(fenliu)),
                        java.util.stream.Stream.of(name))
                .toArray(String[]::new);
        Programs.Result result = fenliu(command);
        assertThat(result.code()).as(result.toString()).isZero();
        return JsonParser.parseString(result.out()).getAsJsonObject();
    }

    private static String api(Fenliu fenliu) {
        return "127.0.0.1:" + fenliu.port("api");
    }

    private String start() {
        return CONFIG.formatted(9, 9, 9);
    }

    private Path token() {
        return folder.resolve("state/fenliu/api.token");
    }

    private static int status(Fenliu fenliu, String... header) throws Exception {
        List<String> command = new java.util.ArrayList<>(
                List.of(Programs.require("curl"), "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}"));
        command.addAll(List.of(header));
        command.add("http://" + api(fenliu) + "/api/v1/status");
        return Integer.parseInt(Programs.output(command.toArray(new String[0])));
    }

    @Test
    void dns_query_tells_rule_resolver_server_and_age() throws Exception {
        try (FakeDns near = new FakeDns();
                StreamDns far = new StreamDns();
                Fenliu server = Fenliu.start(folder, "server", start());
                Fenliu home =
                        Fenliu.start(folder, "home", CONFIG.formatted(server.port("in"), near.port(), far.port()))) {
            String direct = "udp://127.0.0.1:" + near.port();
            JsonObject fresh = query(home, "www.plain.test");
            assertThat(fresh.toString())
                    .contains("\"rcode\":\"NOERROR\"", "\"data\":\"127.0.0.1\"", "\"path\":[\"direct\"]")
                    .contains("home.yaml\",\"line\":8", "\"text\":\"{to: direct}\"")
                    .contains("\"source\":\"upstream\",\"resolver\":\"" + direct + "\",\"server\":\"" + direct)
                    .contains("\"transport\":\"udp\",\"via\":null,\"age\":0");
            JsonObject cached = query(home, "WWW.plain.test.", "a");
            assertThat(cached.get("source").getAsString()).isEqualTo("cache");
            assertThat(cached.get("server").getAsString()).isEqualTo(direct);
            assertThat(near.asked()).containsOnlyOnce("www.plain.test");

            String through = "tcp://127.0.0.1:" + far.port();
            assertThat(query(home, "chat.openai.test").toString())
                    .contains("\"line\":6", "\"path\":[\"ai\",\"vps\"]", "\"data\":\"203.0.113.7\"")
                    .contains("\"resolver\":\"through ai: " + through + "\",\"server\":\"" + through)
                    .contains("\"transport\":\"tcp\",\"via\":\"ai/vps\"");
            assertThat(near.asked()).doesNotContain("chat.openai.test");

            assertThat(query(home, "x.ads.test").toString())
                    .contains("NXDOMAIN", "\"line\":7", "\"path\":[\"block\"]", "\"source\":\"rule\",\"resolver\":null")
                    .contains("\"code\":15,\"text\":\"blocked by the rule at ");
            assertThat(query(home, "nas.lan").toString()).contains("\"source\":\"hosts\"", "192.168.1.10");
            assertThat(query(home, "nowhere.test").toString()).contains("NXDOMAIN", "\"records\":[]");
            assertThat(query(home, "host.invalid").toString()).contains("\"rule\":null", "\"source\":\"own\"");

            Programs.Result text = fenliu("dns", "query", "www.plain.test", "--api", api(home));
            assertThat(text.out())
                    .contains("www.plain.test A -> NOERROR in ", "home.yaml:8:5  {to: direct}", "from      the cache, ")
                    .contains("server    " + direct + ", by udp, directly", "record    www.plain.test  ");
            assertThat(fenliu("dns", "query", "a..b", "--api", api(home)).code())
                    .isEqualTo(2);
            assertThat(fenliu("dns", "query", "a.test", "NOTYPE", "--api", api(home))
                            .err())
                    .contains("no such type");
        }
    }

    @Test
    void status_tells_listeners_ways_and_devices() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", start());
                ServerSocket origin = new ServerSocket(0, 5, HERE);
                Socket client = new Socket(HERE, home.port("in"))) {
            String target = "127.0.0.1:" + origin.getLocalPort();
            client.getOutputStream()
                    .write(("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            try (Socket accepted = origin.accept()) {
                assertThat(accepted.isConnected()).isTrue();
                Programs.Result status = fenliu("status", "--api", api(home));
                assertThat(status.out())
                        .contains("generation 1", folder.resolve("home.yaml").toString())
                        .contains("listener  127.0.0.1:" + home.port("in") + " (in)", api(home) + " (api)")
                        .contains("outbound  vps (socks5)", "group     ai (fallback): vps")
                        .contains("flows     1 open", "device    127.0.0.1, 1 flow");
                JsonObject json = JsonParser.parseString(
                                fenliu("status", "--json", "--api", api(home)).out())
                        .getAsJsonObject();
                assertThat(json.get("flows").getAsInt()).isEqualTo(1);
            }
        }
    }

    @Test
    void the_config_says_where_the_program_is_even_when_the_rest_of_it_is_broken() throws Exception {
        int port = Programs.freePort();
        String config = start().replaceFirst("api: .*", "api: {listen: \"127.0.0.1:" + port + "\"}");
        String file = folder.resolve("home.yaml").toString();
        try (Fenliu home = Fenliu.start(folder, "home", config)) {
            Fenliu.write(folder.resolve("home.yaml"), config + "rulse: []\n");
            home.awaitText("the old config stays in force");
            assertThat(fenliu("status", "-c", file).out()).contains("generation 1");
        }
        Programs.Result gone = fenliu("status", "-c", file);
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.out()).isEmpty();
        assertThat(gone.err()).contains("no program is running at 127.0.0.1:" + port, "fenliu run");
        Fenliu.write(folder.resolve("home.yaml"), "api: {listen: off}\n");
        assertThat(fenliu("status", "-c", file).err()).contains("switched the API off");
        Fenliu.write(folder.resolve("home.yaml"), "api: {listen: \"127.0.0.1:0\"}\n");
        assertThat(fenliu("status", "-c", file).err()).contains("leaves the port of the API to the system");
        for (String wrong : List.of("localhost:9090", "9090", "127.0.0.1", "127.0.0.1:0")) {
            assertThat(fenliu("status", "--api", wrong).code()).as(wrong).isEqualTo(2);
        }
        Fenliu.write(folder.resolve("home.yaml"), "api: {lisen: off}\n");
        assertThat(fenliu("status", "-c", file).code()).isEqualTo(3);
    }

    @Test
    void the_program_is_steered_over_tcp_and_over_a_unix_socket() throws Exception {
        int port = Programs.freePort();
        String config = """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                api: {listen: "127.0.0.1:%d", socket: api.sock}
                outbounds: {one: {type: socks5, server: "127.0.0.1:9"}, two: {type: socks5, server: "127.0.0.1:9"}}
                groups: {pick: {type: select, members: [one, two]}}
                rules: [{to: pick}]
                dns: {direct: ["udp://127.0.0.1:9"]}
                """.formatted(port);
        Path file = folder.resolve("home.yaml");
        String[] tcp = {"--api", "127.0.0.1:" + port};
        String[] socket = {"-c", file.toString()};
        try (Fenliu home = Fenliu.start(folder, "home", config)) {
            assertThat(told(0, tcp, "reload").out()).matches("generation [0-9]+ is in force: 1 rules, .*\\n");
            assertThat(told(0, tcp, "route", "ls").out()).isEqualTo("pick (select): one; or two\n");
            assertThat(told(0, tcp, "route", "use", "pick", "two").err()).contains("pick uses two");
            assertThat(told(0, socket, "route", "ls").out()).isEqualTo("pick (select): two; or one\n");
            assertThat(told(0, socket, "names", "members").out()).isEqualTo("one\ntwo\n");
            assertThat(told(2, socket, "route", "use", "pick", "three").err()).contains("three");
            assertThat(told(6, socket, "route", "test", "pick").out().lines()).hasSize(2);
            logIn(port, told(0, tcp, "dashboard").out());
            logIn(port, told(0, socket, "dashboard").out());

            Fenliu.write(file, config + "rulse: []\n");
            assertThat(told(3, socket, "reload").err()).contains(file + ":7:1", "rulse");
            assertThat(told(3, tcp, "reload").err()).contains(file + ":7:1");
            Fenliu.write(file, config);
            assertThat(told(0, socket, "reload").out()).contains("is in force: 1 rules");
            assertThat(home.process().isAlive()).isTrue();
        }
    }

    private Programs.Result told(int code, String[] where, String... command) throws Exception {
        List<String> arguments = new java.util.ArrayList<>(List.of(command));
        arguments.addAll(List.of(where));
        Programs.Result result = fenliu(arguments.toArray(new String[0]));
        assertThat(result.code()).as(result.toString()).isEqualTo(code);
        return result;
    }

    /** Once, and not twice. */
    private static void logIn(int port, String url) throws Exception {
        String begin = "http://127.0.0.1:" + port + "/#code=";
        assertThat(url).startsWith(begin);
        String body = "{\"code\":\"" + url.substring(begin.length()).strip() + "\"}";
        String[] login = {
            Programs.require("curl"),
            "-sS",
            "--noproxy",
            "*",
            "-H",
            "Content-Type: application/json",
            "-w",
            " %{http_code}",
            "-d",
            body,
            "http://127.0.0.1:" + port + "/api/v1/login"
        };
        String first = Programs.output(login);
        assertThat(first).contains("\"scope\":\"admin\"").endsWith(" 200");
        String token = JsonParser.parseString(first.substring(0, first.lastIndexOf(' ')))
                .getAsJsonObject()
                .get("token")
                .getAsString();
        assertThat(Programs.output(
                        Programs.require("curl"),
                        "-sS",
                        "--noproxy",
                        "*",
                        "-H",
                        "Authorization: Bearer " + token,
                        "http://127.0.0.1:" + port + "/api/v1/whoami"))
                .contains("\"scope\":\"admin\"");
        assertThat(Programs.output(login)).contains("this code is used").endsWith(" 401");
    }

    @Test
    void who_cannot_read_the_token_gets_nothing_and_it_survives_a_restart() throws Exception {
        String first;
        try (Fenliu home = Fenliu.start(folder, "home", start())) {
            first = Files.readString(token()).strip();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token())))
                    .isEqualTo("rw-------");
            assertThat(home.text()).doesNotContain(first);
            assertThat(status(home)).isEqualTo(401);
            assertThat(status(home, "-H", "Authorization: Bearer " + first)).isEqualTo(200);
            Programs.Result stranger = Programs.run(
                    Fenliu.command("status", "--api", api(home)),
                    Map.of("XDG_STATE_HOME", folder.resolve("other").toString()),
                    null);
            assertThat(stranger.code()).isIn(1, 5); // 5 where this machine has a service of ours
            assertThat(stranger.err()).contains("token");
            Path other = folder.resolve("other/fenliu");
            Files.createDirectories(other);
            Fenliu.write(other.resolve("api.token"), "a".repeat(43));
            Programs.Result wrong = Programs.run(
                    Fenliu.command("status", "--api", api(home)),
                    Map.of("XDG_STATE_HOME", folder.resolve("other").toString()),
                    null);
            assertThat(wrong.code()).isEqualTo(5);
            assertThat(wrong.err()).contains("does not take our token").doesNotContain("aaa");
        }
        try (Fenliu again = Fenliu.start(folder, "home", start())) {
            assertThat(Files.readString(token()).strip()).isEqualTo(first);
            assertThat(status(again, "-H", "Authorization: Bearer " + first)).isEqualTo(200);
        }
    }

    @Test
    void a_program_of_another_user_is_not_shown_the_token() throws Exception {
        Files.createDirectories(token().getParent());
        Fenliu.write(token(), "a".repeat(43));
        Programs.requireFact(
                Files.getAttribute(token(), "unix:uid").equals(0), "only root can give a file to another user");
        Files.setAttribute(token(), "unix:uid", 65_534);
        try (ServerSocket stranger = new ServerSocket(0, 1, HERE)) {
            stranger.setSoTimeout(1);
            Programs.Result result = fenliu("status", "--api", "127.0.0.1:" + stranger.getLocalPort());
            assertThat(result.code()).isEqualTo(5);
            assertThat(result.err()).contains("is of another user (id 0)", "not shown this token");
            assertThatThrownBy(stranger::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_reload_moves_the_api_and_a_port_that_is_taken_changes_nothing() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", start());
                ServerSocket holder = new ServerSocket(0, 1, HERE)) {
            String old = api(home);
            Path file = folder.resolve("home.yaml");
            Fenliu.write(
                    file,
                    start().replace(
                                    "api: {listen: \"127.0.0.1:0",
                                    "api: {listen: \"127.0.0.1:" + holder.getLocalPort()));
            home.awaitText("is taken: java (pid " + ProcessHandle.current().pid() + ") has it");
            assertThat(fenliu("status", "--api", old).out()).contains("generation 1");

            int next = Programs.freePort();
            Fenliu.write(file, start().replace("api: {listen: \"127.0.0.1:0", "api: {listen: \"127.0.0.1:" + next));
            home.awaitText("generation 2 is in force");
            Programs.awaitPort(next);
            assertThat(fenliu("status", "-c", file.toString()).out()).contains("generation 2", "127.0.0.1:" + next);
            assertThat(fenliu("status", "--api", old).code()).isEqualTo(1);
        }
    }
}

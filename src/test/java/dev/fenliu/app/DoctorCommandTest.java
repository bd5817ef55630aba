package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fenliu.engine.FakeEdge;
import dev.fenliu.model.Destination;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import picocli.CommandLine;

/** The whole command, against an edge of the test behind SOCKS5 proxies; the real sites are never asked. */
@ResourceLock(Resources.SYSTEM_OUT)
@Timeout(60)
class DoctorCommandTest {
    private record Said(int code, String out, String err) {
        List<JsonObject> json() {
            return out.lines()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
        }
    }

    @TempDir
    private Path folder;

    private FakeEdge edge;

    @BeforeEach
    void open() throws IOException {
        edge = new FakeEdge();
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    private Said doctor(String config, String... arguments) throws IOException {
        Path file = folder.resolve("c.yaml");
        Files.writeString(file, config);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        List<String> all = new ArrayList<>(List.of("doctor", "chatgpt", "-c", file.toString()));
        all.addAll(List.of(arguments));
        CommandLine.IFactory factory = new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == DoctorCommand.class
                        ? type.cast(new DoctorCommand(edge.sites(Destination.parse("stun.test:3478"))))
                        : CommandLine.defaultFactory().create(type);
            }
        };
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        ByteArrayOutputStream talk = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(data, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(talk, true, StandardCharsets.UTF_8));
            int code = Commands.run(factory, all.toArray(new String[0]));
            return new Said(code, data.toString(StandardCharsets.UTF_8), talk.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** A config that sends ChatGPT to group {@code ai} of {@code vps}, which is the edge, and {@code gone}, which is not. */
    private String config(String group) throws IOException {
        ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        int port = nobody.getLocalPort();
        nobody.close(); // refused: nobody else binds it meanwhile
        return """
                outbounds:
                  vps: {type: socks5, server: "127.0.0.1:%d"}
                  gone: {type: socks5, server: "127.0.0.1:%d"}
                groups:
                  ai: {type: fallback, %s}
                rules:
                  - {domain-suffix: [chatgpt.com, openai.com, oaistatic.com, oaiusercontent.com, challenges.cloudflare.com], to: ai}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:9"]}
                """.formatted(edge.port(), port, group);
    }

    @Test
    void what_works_is_fine_in_text_and_in_json() throws Exception {
        String config = config("members: [vps]");
        Said text = doctor(config);
        assertThat(text.err()).isEmpty();
        assertThat(text.code()).isZero();
        assertThat(text.out())
                .contains("ok    rules      chatgpt.com goes to ai (" + folder.resolve("c.yaml") + ":7:5)")
                .contains("ok    exit       203.0.113.7 (SE)")
                .contains("ok    challenge  it sees the same exit")
                .contains("ok    WebSocket  it is open")
                .endsWith("ChatGPT works through 1 of 1 tunnels.\n");
        List<JsonObject> lines = doctor(config, "--json").json();
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(line.keySet()).containsExactly("outbound", "verdict", "subject", "text", "remedy"));
        assertThat(lines)
                .extracting(line -> line.get("subject").getAsString())
                .containsExactly(
                        "rules", "exit", "web", "API", "login", "challenge", "stream", "WebSocket", "voice", "all");
        assertThat(lines.get(1).get("outbound").getAsString()).isEqualTo("vps");
        assertThat(lines.get(9).get("outbound").isJsonNull()).isTrue();
        assertThat(lines.get(9).get("verdict").getAsString()).isEqualTo("ok");
    }

    @Test
    void a_country_that_is_not_served_is_a_failure_with_a_remedy() throws Exception {
        edge.says(
                "api.test/v1/models",
                FakeEdge.status("403 Forbidden", "{\"code\":\"unsupported_country_region_territory\"}"));
        Said said = doctor(config("members: [vps]"));
        assertThat(said.code()).isEqualTo(ExitCode.FAILED);
        assertThat(said.out())
                .contains("fail  API        it does not serve this country (403)")
                .contains("use a tunnel whose far end is in a country that OpenAI serves")
                .endsWith("ChatGPT works through 0 of 1 tunnels.\n");
    }

    @Test
    void a_tunnel_that_is_down_is_told_from_one_that_works_beside_it() throws Exception {
        Said alone = doctor(config("members: [gone]"));
        assertThat(alone.code()).isEqualTo(ExitCode.TUNNEL_UNREACHABLE);
        assertThat(alone.out()).contains("fail  exit").contains("is its server running");
        Said both = doctor(config("members: [gone, vps]"), "--json");
        assertThat(both.code()).isZero();
        JsonObject all = both.json().get(both.json().size() - 1);
        assertThat(all.get("text").getAsString()).isEqualTo("ChatGPT works through 1 of 2 tunnels.");
    }

    @Test
    void a_group_that_refuses_the_exit_is_a_failure_that_names_the_line() throws Exception {
        Said said = doctor(config("members: [vps], exit-lock: DE"));
        assertThat(said.code()).isEqualTo(ExitCode.FAILED);
        assertThat(said.out())
                .contains("fail  group      \"ai\" does not use it: its exit is now 203.0.113.7 (SE), and exit-lock"
                        + " keeps to DE (" + folder.resolve("c.yaml") + ":5:");
    }

    @Test
    void rules_that_part_a_visit_are_a_failure() throws Exception {
        Said said = doctor(config("members: [vps]").replace("oaistatic.com, ", ""));
        assertThat(said.code()).isEqualTo(ExitCode.FAILED);
        assertThat(said.out()).contains("warn  rules      cdn.oaistatic.com goes another way: to direct");
    }

    @Test
    void what_cannot_be_asked_is_usage_and_a_bad_config_is_that() throws Exception {
        Said unknown = doctor(config("members: [vps]"), "--outbound", "vsp");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err()).contains("there is no tunnel \"vsp\"").contains("vps");
        assertThat(doctor("rules: 1").code()).isEqualTo(ExitCode.CONFIG);
    }
}

package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the API can be told, and that it is done. */
@Timeout(120)
class SteeringTest {
    private static final String CONFIG = """
            listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
            outbounds: {one: {type: direct, source-address: 127.0.0.2}, two: {type: direct, source-address: 127.0.0.3}}
            groups:
              pick: {type: select, members: [one, two]}
              first: {type: fallback, members: [one, two], check: off}
            rules: [{domain: auto.test, to: first}, {to: pick}]
            api: {listen: "127.0.0.1:0", socket: "SOCKET"}
            dns: {direct: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1, auto.test: 127.0.0.1}}
            """;

    @TempDir
    private Path state;

    private String config() {
        return CONFIG.replace("SOCKET", state.resolve("api.sock").toString());
    }

    private static String tell(Served served, String method, String path, String body) throws IOException {
        String type =
                body.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n";
        return served.exchange(
                1,
                method + " " + path + " HTTP/1.1\r\nHost: localhost:" + served.port() + "\r\nAuthorization: Bearer "
                        + served.token() + "\r\nConnection: close\r\n" + type + "\r\n" + body);
    }

    private static JsonObject json(String answer) {
        return JsonParser.parseString(answer.substring(answer.indexOf("\r\n\r\n")))
                .getAsJsonObject();
    }

    private static JsonObject group(Served served, String name) throws IOException {
        for (JsonElement group : json(tell(served, "GET", "/api/v1/groups", "")).getAsJsonArray("items")) {
            if (group.getAsJsonObject().get("name").getAsString().equals(name)) {
                return group.getAsJsonObject();
            }
        }
        throw new AssertionError(name);
    }

    /** Where a flow to the host comes from. */
    private static String source(Served served, String host) throws IOException {
        try (java.net.ServerSocket origin = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
                Socket client = new Socket(
                        java.net.InetAddress.getLoopbackAddress(),
                        served.proxy.addresses().get("in").getPort())) {
            String target = host + ":" + origin.getLocalPort();
            client.getOutputStream()
                    .write(("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            try (Socket flow = origin.accept()) {
                return flow.getInetAddress().getHostAddress();
            }
        }
    }

    @Test
    void a_group_that_selects_uses_what_it_is_told_and_keeps_it() throws Exception {
        try (Served served = new Served(state, config())) {
            assertThat(source(served, "plain.test")).isEqualTo("127.0.0.2");
            assertThat(tell(served, "PUT", "/api/v1/groups/pick", "{\"member\":\"two\"}"))
                    .startsWith("HTTP/1.1 204");
            assertThat(source(served, "plain.test")).isEqualTo("127.0.0.3");
            assertThat(group(served, "pick").toString())
                    .contains("\"all\":[\"one\",\"two\"],\"now\":\"two\",\"selectable\":true,\"choice\":\"two\"");
            assertThat(served.apply(config()).isSuccess()).isTrue();
            assertThat(source(served, "plain.test")).isEqualTo("127.0.0.3");
        }
        try (Served served = new Served(state, config())) {
            assertThat(source(served, "plain.test")).isEqualTo("127.0.0.3");
        }
    }

    @Test
    void a_group_that_picks_by_itself_puts_what_is_pinned_first() throws Exception {
        try (Served served = new Served(state, config())) {
            assertThat(source(served, "auto.test")).isEqualTo("127.0.0.2");
            tell(served, "PUT", "/api/v1/groups/first", "{\"member\":\"two\"}");
            assertThat(source(served, "auto.test")).isEqualTo("127.0.0.3");
            assertThat(group(served, "first").toString())
                    .contains("\"now\":\"two\",\"selectable\":false,\"choice\":\"two\"");
            assertThat(source(served, "plain.test")).isEqualTo("127.0.0.2");
        }
        try (Served served = new Served(state, config())) {
            assertThat(source(served, "auto.test")).isEqualTo("127.0.0.3");
            tell(served, "PUT", "/api/v1/groups/first", "{\"member\":null}");
            assertThat(source(served, "auto.test")).isEqualTo("127.0.0.2");
            assertThat(group(served, "first").get("choice").isJsonNull()).isTrue();
        }
    }

    @Test
    void outbounds_are_tried_out_and_have_a_history() throws Exception {
        try (Served served = new Served(state, config())) {
            source(served, "plain.test");
            JsonArray members =
                    json(tell(served, "POST", "/api/v1/groups/pick/test", "")).getAsJsonArray("members");
            assertThat(members).hasSize(2);
            assertThat(members.get(0).getAsJsonObject().keySet())
                    .containsExactly("name", "ok", "connect-ms", "answer-ms", "failure", "failure-code");
            assertThat(json(tell(served, "POST", "/api/v1/outbounds/two/test", ""))
                            .toString())
                    .contains("\"name\":\"two\"");
            JsonObject history = json(tell(served, "GET", "/api/v1/outbounds/one/history", ""));
            assertThat(history.get("step-seconds").getAsInt()).isEqualTo(300);
            assertThat(history.getAsJsonArray("points")).isNotEmpty();
        }
    }

    @Test
    void the_doctor_says_where_the_rules_send_what_belongs_to_one_visit() throws Exception {
        String rules = "rules: [{domain: auth.openai.com, to: block}, {to: direct}]\n"; // no tunnel: nobody is asked
        try (Served served = new Served(state, rules + "api: {listen: \"127.0.0.1:0\"}\nlisteners: []\n")) {
            assertThat(json(tell(served, "POST", "/api/v1/doctor/chatgpt", ""))
                            .getAsJsonArray("items")
                            .toString())
                    .contains("\"outbound\":null,\"verdict\":\"fail\",\"subject\":\"rules\"")
                    .contains("\"text\":\"chatgpt.com goes to direct (test.yaml:1:")
                    .contains("\"verdict\":\"warn\"", "auth.openai.com goes another way: to block (test.yaml:1:")
                    .contains("There is no tunnel to try.")
                    .doesNotContain("api.openai.com");
        }
    }

    @Test
    void a_unix_socket_is_for_the_user_alone() throws Exception {
        Path path = state.resolve("api.sock");
        try (Served served = new Served(state, config())) {
            org.awaitility.Awaitility.await().until(() -> Files.exists(path));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            assertThat(overUnix(path, "Authorization: Bearer " + served.token()))
                    .startsWith("HTTP/1.1 200");
            assertThat(overUnix(path, "X: y")).startsWith("HTTP/1.1 401");
            assertThat(overUnix(path, "Origin: http://evil.test\r\nAuthorization: Bearer " + served.token()))
                    .isEmpty();
            try (java.util.stream.Stream<Path> files = Files.list(state)) {
                List<String> names = new ArrayList<>();
                files.forEach(file -> names.add(file.getFileName().toString()));
                assertThat(names).noneMatch(name -> name.startsWith(".fenliu"));
            }
            Future<?> moved = served.apply(config().replace("api.sock", "other.sock"));
            assertThat(moved.isSuccess()).isTrue();
            org.awaitility.Awaitility.await().until(() -> Files.exists(state.resolve("other.sock")));
            assertThat(path).doesNotExist();
        }
        assertThat(state.resolve("other.sock")).doesNotExist();
    }

    private static String overUnix(Path path, String header) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            channel.write(StandardCharsets.US_ASCII.encode(
                    "GET /api/v1/whoami HTTP/1.1\r\nHost: any\r\nConnection: close\r\n" + header + "\r\n\r\n"));
            ByteBuffer answer = ByteBuffer.allocate(10_000);
            while (channel.read(answer) >= 0) {
                // all of it
            }
            return StandardCharsets.UTF_8.decode(answer.flip()).toString();
        }
    }

    @Test
    void events_tell_that_another_generation_is_in_force() throws Exception {
        try (Served served = new Served(state, config());
                Socket socket = served.connect(1)) {
            socket.getOutputStream()
                    .write(served.request("/api/v1/events?topics=status")
                            .replace("\r\n\r\n", "\r\nAccept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            StringBuilder all = new StringBuilder();
            for (int c;
                    all.indexOf("\r\n\r\n") < 0 && (c = socket.getInputStream().read()) >= 0; ) {
                all.append((char) c);
            }
            assertThat(served.apply(config()).isSuccess()).isTrue();
            for (int c; all.indexOf("}\n\n") < 0 && (c = socket.getInputStream().read()) >= 0; ) {
                all.append((char) c);
            }
            assertThat(all.toString()).contains("data: {\"topic\":\"status\",\"generation\":2}");
        }
    }
}

package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fenliu.engine.Proxy;
import dev.fenliu.inbound.BindFailure;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API's connections, and its place among the listeners. */
@Timeout(120)
class ControlServerTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String STATUS = "/api/v1/status";
    private static final String TAIL = """
            dns: {direct: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1}}
            """;
    private static final String CONFIG = "listeners: []\napi: {listen: \"127.0.0.1:0\"}\n" + TAIL;

    @TempDir
    private Path state;

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The next answer, by its Content-Length. */
    private static String answer(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
            head.append((char) c);
        }
        int length = Integer.parseInt(head.toString().replaceAll("(?s).*content-length: (\\d+).*", "$1"));
        return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Test
    void a_connection_serves_one_request_after_the_other() throws Exception {
        try (Served served = new Served(state, CONFIG);
                Socket socket = served.connect(1)) {
            for (int i = 0; i < 3; i++) {
                send(socket, served.request(STATUS));
                assertThat(answer(socket)).startsWith("HTTP/1.1 200").doesNotContain("connection: close");
            }
            send(socket, served.request("/nowhere"));
            assertThat(answer(socket)).startsWith("HTTP/1.1 404");
            send(socket, served.request(STATUS).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200")
                    .contains("connection: close");
        }
    }

    @Test
    void a_request_that_comes_byte_by_byte_is_one_too() throws Exception {
        try (Served served = new Served(state, CONFIG);
                Socket socket = served.connect(1)) {
            socket.setTcpNoDelay(true);
            for (char c : served.request(STATUS).toCharArray()) {
                send(socket, String.valueOf(c));
            }
            assertThat(answer(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void who_sends_on_before_the_answer_gets_the_first_and_an_end() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, HERE);
                Served served = new Served(state, CONFIG.replace(":9\"", ":" + silent.getLocalPort() + "\""))) {
            String slow = served.request("/api/v1/dns/query?name=nobody.test");
            String all = served.exchange(1, slow + served.request(STATUS) + served.request(STATUS));
            assertThat(all).containsOnlyOnce("HTTP/1.1 ").contains("nobody.test", "connection: close");
        }
    }

    @Test
    void who_ends_its_side_after_the_request_still_gets_the_answer() throws Exception {
        try (Served served = new Served(state, CONFIG);
                Socket socket = served.connect(1)) {
            send(socket, served.request("/api/v1/dns/query?name=nobody.test"));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void content_that_nobody_wants_does_not_take_the_refusal_from_the_client() throws Exception {
        try (Served served = new Served(state, CONFIG);
                Socket socket = served.connect(1)) {
            send(socket, served.request(STATUS).replace("\r\n\r\n", "\r\nContent-Length: 3000000\r\n\r\n"));
            for (int i = 0; i < 30; i++) {
                socket.getOutputStream().write(new byte[100_000]);
            }
            assertThat(answer(socket)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void who_sends_nothing_more_is_let_go() throws Exception {
        try (Served served = new Served(state, CONFIG);
                Socket socket = served.connect(1);
                Socket half = served.connect(2)) {
            send(socket, served.request(STATUS));
            answer(socket);
            send(half, "GET /api/v1/status HTTP/1.1\r\nHost: ");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(half.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void five_wrong_tokens_and_even_the_right_one_has_to_wait_but_not_that_of_others() throws Exception {
        try (Served served = new Served(state, CONFIG)) {
            String wrong = served.request(STATUS).replace("Bearer ", "Bearer x");
            for (int i = 0; i < 5; i++) {
                try (Socket socket = served.connect(1)) {
                    send(socket, wrong);
                    assertThat(answer(socket)).startsWith("HTTP/1.1 401");
                }
            }
            try (Socket guesser = served.connect(1);
                    Socket other = served.connect(2)) {
                send(guesser, served.request(STATUS));
                assertThat(answer(guesser)).startsWith("HTTP/1.1 429").contains("Retry-After: 60");
                send(other, served.request(STATUS));
                assertThat(answer(other)).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void it_tells_how_the_program_stands() throws Exception {
        String config = """
                listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
                outbounds: {wg: {type: direct, source-address: 127.0.0.2}}
                groups: {ai: {type: fallback, members: [wg]}, none: {type: select, members: []}}
                rule-sets: {far: {url: "http://127.0.0.1:9/list.txt"}}
                rules: [{rule-set: far, to: ai}, {to: direct}]
                api: {listen: "127.0.0.1:0"}
                """ + TAIL;
        try (Served served = new Served(state, config);
                ServerSocket origin = new ServerSocket(0, 5, HERE);
                Socket client =
                        new Socket(HERE, served.proxy.addresses().get("in").getPort())) {
            send(client, "CONNECT plain.test:" + origin.getLocalPort() + " HTTP/1.1\r\nHost: plain.test\r\n\r\n");
            try (Socket accepted = origin.accept();
                    Socket socket = served.connect(1)) {
                assertThat(accepted.isConnected()).isTrue();
                assertThat(client.getInputStream().readNBytes(12)) // from then on the proxy knows it, too
                        .asString()
                        .isEqualTo("HTTP/1.1 200");
                send(socket, served.request(STATUS));
                String answer = answer(socket);
                JsonObject status = JsonParser.parseString(answer.substring(answer.indexOf("\r\n\r\n")))
                        .getAsJsonObject();
                assertThat(status.get("version").getAsString()).isEqualTo("9.9");
                assertThat(status.get("generation").getAsLong()).isEqualTo(1);
                assertThat(status.get("config").isJsonNull()).isTrue();
                assertThat(status.get("flows").getAsInt()).isEqualTo(1);
                assertThat(status.getAsJsonArray("devices").get(0)) // this machine's neighbours come after it
                        .hasToString(
                                "{\"name\":null,\"mac\":null,\"addresses\":[\"127.0.0.1\"],\"seen\":null,\"flows\":1}");
                assertThat(status.get("outbounds").toString())
                        .matches("\\[\\{\"name\":\"wg\",\"type\":\"direct\",\"via\":null,\"failing\":false,"
                                + "\"failure\":null,\"failure-code\":null,\"connect-ms\":[0-9]+,\"answer-ms\":null}]");
                assertThat(status.get("groups").toString())
                        .contains("\"ai\",\"type\":\"fallback\",\"members\":[\"wg\"]")
                        .contains("\"none\",\"type\":\"select\",\"members\":[]");
                assertThat(status.get("listeners").toString())
                        .contains("\"in\"", "\"api\",\"address\":\"127.0.0.1:" + served.port() + "\"");
                assertThat(status.get("warnings").toString())
                        .contains("\"file\":\"test.yaml\",\"line\":4", "far", "no member");
            }
        }
    }

    @Test
    void it_tells_what_has_passed() throws Exception {
        String config = "listeners: [{type: http, name: in, listen: \"127.0.0.1:0\"}]\n"
                + "rules: [{to: direct}]\napi: {listen: \"127.0.0.1:0\"}\n" + TAIL;
        try (Served served = new Served(state, config);
                ServerSocket origin = new ServerSocket(0, 5, HERE)) {
            int in = served.proxy.addresses().get("in").getPort();
            try (Socket client = new Socket(HERE, in)) {
                send(client, "CONNECT plain.test:" + origin.getLocalPort() + " HTTP/1.1\r\nHost: plain.test\r\n\r\n");
                try (Socket accepted = origin.accept()) {
                    send(client, "hello");
                    accepted.getInputStream().readNBytes(5);
                    send(accepted, "you");
                }
                client.getInputStream().readAllBytes();
            }
            org.awaitility.Awaitility.await().untilAsserted(() -> {
                try (Socket socket = served.connect(1)) {
                    send(socket, served.request(STATUS));
                    assertThat(answer(socket)).contains("\"flows\":0,\"totals\":{\"up\":5,\"down\":3},");
                }
            });
        }
    }

    @Test
    void no_flow_reaches_the_api_through_the_proxy() throws Exception {
        try (Served served = new Served(
                        state,
                        "listeners: [{type: http, name: in, listen: \"127.0.0.1:0\"}]\napi: {listen: \"127.0.0.1:0\"}\n"
                                + TAIL);
                Socket client =
                        new Socket(HERE, served.proxy.addresses().get("in").getPort())) {
            String target = "plain.test:" + served.port();
            send(client, "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 502")
                    .contains("proxy_loop_detected");
        }
    }

    @Test
    void a_reload_moves_it_changes_its_token_or_leaves_it_alone() throws Exception {
        try (Served served = new Served(state, CONFIG)) {
            int port = served.port();
            assertThat(served.apply(CONFIG).isSuccess()).isTrue();
            assertThat(served.port()).isEqualTo(port);

            String own = CONFIG.replace("0\"}", "0\", token: \"another-token-of-24-bytes\"}");
            String before = served.request(STATUS);
            assertThat(served.apply(own).isSuccess()).isTrue();
            assertThat(served.port()).isEqualTo(port);
            try (Socket socket = served.connect(1)) {
                send(socket, before);
                assertThat(answer(socket)).startsWith("HTTP/1.1 401");
                send(socket, before.replace(served.token(), "another-token-of-24-bytes"));
                assertThat(answer(socket)).startsWith("HTTP/1.1 200");
            }

            assertThat(served.apply(CONFIG.replace("127.0.0.1:0", "127.0.0.2:0"))
                            .isSuccess())
                    .isTrue();
            assertThat(served.proxy.addresses().get("api").getAddress().getHostAddress())
                    .isEqualTo("127.0.0.2");
            assertThat(served.apply(CONFIG.replace("\"127.0.0.1:0\"", "off")).isSuccess())
                    .isTrue();
            assertThat(served.proxy.addresses()).isEmpty();
        }
    }

    @Test
    void an_address_that_the_config_names_must_be_free() throws Exception {
        try (ServerSocket holder = new ServerSocket(0, 1, HERE);
                Served served = new Served(state, CONFIG)) {
            int port = served.port();
            Future<Proxy.Report> done =
                    served.apply(CONFIG.replace("127.0.0.1:0", "127.0.0.1:" + holder.getLocalPort()));
            assertThat(done.cause()).isInstanceOf(BindFailure.class);
            assertThat(served.port()).isEqualTo(port);
        }
    }

    @Test
    void nobody_is_stopped_by_an_address_that_no_config_names() throws Exception {
        String config = "listeners: [{type: http, name: in, listen: \"127.0.0.1:0\"}]\n" + TAIL;
        try (ServerSocket holder = new ServerSocket()) {
            try {
                holder.bind(new InetSocketAddress(HERE, 9090));
            } catch (IOException e) {
                // somebody else has it
            }
            try (Served served = new Served(state, config)) {
                assertThat(served.proxy.addresses()).containsOnlyKeys("in");
                holder.close();
                assertThat(served.apply(config).isSuccess()).isTrue();
                assertThat(served.proxy.addresses()).containsKey("in");
            }
        }
    }
}

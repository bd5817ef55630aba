package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets what from the API, a request a case; each comes from an address of its own, as wrong tokens are counted. */
@Timeout(120)
class ApiRequestsTest {
    private static final String SWITCHER = "the-token-that-switches";
    private static final String READER = "the-token-that-reads-only";

    @TempDir
    static Path state;

    private static Served served;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Path ui = Files.createDirectories(state.resolve("ui/sub"));
        Files.writeString(ui.resolve("a.js"), "let a;");
        Files.writeString(state.resolve("ui/index.html"), "<p>panel");
        Files.writeString(state.resolve("secret.txt"), "a secret");
        Files.createSymbolicLink(state.resolve("ui/link.txt"), state.resolve("secret.txt"));
        served = new Served(state, """
                listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
                outbounds: {one: {type: direct, source-address: 127.0.0.2}, two: {type: direct, source-address: 127.0.0.3}}
                groups: {pick: {type: select, members: [one, two]}, "🌍": {type: fallback, members: [one, two], check: off}}
                api:
                  listen: "127.0.0.1:0"
                  switch-token: "the-token-that-switches"
                  read-token: "the-token-that-reads-only"
                  origins: ["https://panel.test"]
                  ui: "UI"
                dns: {direct: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1}}
                """.replace("UI", state.resolve("ui").toString()));
        Files.writeString(state.resolve("ui/late.js"), "let b;");
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @TestFactory
    Stream<DynamicTest> requests() throws IOException {
        List<String> lines;
        try (InputStream in = ApiRequestsTest.class.getResourceAsStream("/api-requests.txt")) {
            lines = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
        assertThat(lines).hasSizeGreaterThan(200);
        return IntStream.range(0, lines.size())
                .mapToObj(i -> DynamicTest.dynamicTest(lines.get(i), () -> check(i + 1, lines.get(i))));
    }

    /** The request of a line: its head, and what stands behind {@code >}, of which the length is said if nothing is. */
    private static String request(String[] parts) throws IOException {
        StringBuilder head = new StringBuilder();
        String body = "";
        boolean upgrades = false;
        for (String part : List.of(parts).subList(1, parts.length)) {
            if (part.startsWith(">")) {
                body = filled(part.substring(1));
            } else {
                upgrades |= part.equals("Connection: Upgrade");
                head.append(part.equals("Connection: Upgrade") ? part + ", close" : filled(part))
                        .append("\r\n");
            }
        }
        if (!body.isEmpty() && !head.toString().matches("(?si).*\r\n(content-length|transfer-encoding):.*")) {
            head.append("Content-Length: ").append(body.length()).append("\r\n");
        }
        return head + (upgrades ? "" : "Connection: close\r\n") + "\r\n" + body;
    }

    private static void check(int number, String line) throws IOException {
        String[] parts = line.split(" \\| ?", -1);
        boolean opens = parts[0].equals("101");
        String answer = opens ? served.head(number, request(parts)) : served.exchange(number, request(parts));
        if (parts[0].equals("silence")) {
            assertThat(answer).isEmpty();
            return;
        }
        assertThat(answer).startsWith("HTTP/1.1 " + parts[0] + " ").doesNotContain(served.token(), SWITCHER, READER);
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        boolean guest = line.contains("| Origin: https://panel.test");
        assertThat(head).doesNotContain("server:", "\r\ndate:", "set-cookie");
        assertThat(head.contains("access-control-allow-origin: https://panel.test"))
                .isEqualTo(guest && !opens);
        assertThat(head.contains("access-control-")).isEqualTo(guest && !opens);
        assertThat(answer).doesNotContain("a secret", "let b;");
        if (opens) {
            return;
        }
        assertThat(head)
                .contains(
                        "x-content-type-options: nosniff",
                        "x-frame-options: deny",
                        "content-security-policy: default-src '",
                        "referrer-policy: no-referrer",
                        "cross-origin-resource-policy: same-origin",
                        "cache-control: no-");
        content(parts, head, body);
    }

    private static void content(String[] parts, String head, String body) {
        boolean good = parts[0].equals("200");
        if (parts[1].startsWith("HEAD") || parts[0].equals("204")) {
            assertThat(body).isEmpty();
        } else if (good && parts[1].matches("[A-Z]+ /(proxy\\.pac|wpad\\.dat) .*")) {
            assertThat(head).contains("content-type: application/x-ns-proxy-autoconfig");
            assertThat(body).contains("function FindProxyForURL(url, host)").contains("\"PROXY 127.0.0.1:");
        } else if (good && parts[1].matches("GET /(ui/.*|assets/.*|healthz|readyz| HTTP.*Accept: text/html.*).*")) {
            assertThat(head).contains("content-type: text/");
            assertThat(body).isNotEmpty();
        } else if (good && head.contains("content-type: text/html")) {
            assertThat(body).contains("<title>");
            assertThat(head).contains("default-src 'self'").doesNotContain("unsafe");
        } else if (!parts[0].startsWith("3")) {
            assertThat(head).contains("content-type: application/json", "cache-control: no-store");
            assertThat(JsonParser.parseString(body).getAsJsonObject().has("message"))
                    .isEqualTo(!good);
        }
    }

    private static String filled(String text) throws IOException {
        String ticket = text.contains("{k}") ? ticket() : "";
        String used = text.contains("{used}") ? ticket() : "";
        if (!used.isEmpty()) {
            served.head(999, request(new String[] {
                "",
                "GET /api/v1/events?topics=status&ticket=" + used + " HTTP/1.1",
                "Host: 127.0.0.1:{p}",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
            }));
        }
        return text.replace("{p}", Integer.toString(served.port()))
                .replace("{t}", served.token())
                .replace("{s}", SWITCHER)
                .replace("{r}", READER)
                .replace("{k}", ticket)
                .replace("{used}", used)
                .replace("{code}", text.contains("{code}") ? made("codes", "code") : "")
                .replace("{9000}", "a".repeat(9000))
                .replace("{40000}", "a".repeat(40_000))
                .replace("{1 MiB}", "a".repeat(1 << 20))
                .replace("{101 fields}", "A: b\r\n".repeat(100) + "A: b");
    }

    private static String ticket() throws IOException {
        return made("tickets", "ticket");
    }

    private static String made(String path, String key) throws IOException {
        String answer = served.exchange(
                998,
                served.request("/api/v1/" + path)
                        .replaceFirst("GET", "POST")
                        .replaceFirst("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
        return JsonParser.parseString(answer.substring(answer.indexOf("\r\n\r\n")))
                .getAsJsonObject()
                .get(key)
                .getAsString();
    }
}

package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
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
    @TempDir
    static Path state;

    private static Served served;

    @BeforeAll
    static void start() throws InterruptedException {
        served = new Served(state, """
                listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
                api: {listen: "127.0.0.1:0"}
                dns: {direct: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1}}
                """);
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
        assertThat(lines).hasSizeGreaterThan(100);
        return IntStream.range(0, lines.size())
                .mapToObj(i -> DynamicTest.dynamicTest(lines.get(i), () -> check(i + 1, lines.get(i))));
    }

    private static void check(int number, String line) throws IOException {
        String[] parts = line.split(" \\| ?", -1);
        String request = Stream.of(parts).skip(1).map(ApiRequestsTest::filled).collect(Collectors.joining("\r\n"))
                + "\r\nConnection: close\r\n\r\n";
        String answer = served.exchange(
                number, request.replace("Connection: Upgrade\r\nConnection: close", "Connection: Upgrade, close"));
        if (parts[0].equals("silence")) {
            assertThat(answer).isEmpty();
            return;
        }
        assertThat(answer).startsWith("HTTP/1.1 " + parts[0] + " ");
        boolean script = parts[0].equals("200") && parts[1].matches("[A-Z]+ /(proxy\\.pac|wpad\\.dat) .*");
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
        assertThat(head)
                .doesNotContain("access-control-", "server:", "\r\ndate:", "set-cookie")
                .contains(
                        "x-content-type-options: nosniff",
                        "x-frame-options: deny",
                        "content-security-policy: default-src 'none'",
                        "referrer-policy: no-referrer",
                        "cross-origin-resource-policy: same-origin",
                        "cache-control: no-store",
                        "content-type: application/" + (script ? "x-ns-proxy-autoconfig" : "json"));
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        if (parts[1].startsWith("HEAD")) {
            assertThat(body).isEmpty();
        } else if (script) {
            assertThat(body).contains("function FindProxyForURL(url, host)").contains("\"PROXY 127.0.0.1:");
        } else {
            assertThat(JsonParser.parseString(body).getAsJsonObject().has("message"))
                    .isEqualTo(!parts[0].equals("200"));
        }
        assertThat(answer).doesNotContain(served.token());
    }

    private static String filled(String text) {
        try {
            return text.replace("{p}", Integer.toString(served.port()))
                    .replace("{t}", served.token())
                    .replace("{9000}", "a".repeat(9000))
                    .replace("{40000}", "a".repeat(40_000))
                    .replace("{101 fields}", "A: b\r\n".repeat(100) + "A: b");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Caller;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.HostileScene;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile origins behind the HTTP proxy, in the table {@code resources/hostile/http-answers.txt}. */
@Timeout(120)
class HostileOriginTest {
    private static final List<String> GOLDEN = List.of(
            "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello",
            "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5;x\\r\\nhello\\r\\n0\\r\\nT: 1\\r\\n\\r\\n",
            "HTTP/1.0 200 OK\\r\\nX: 1\\r\\n\\r\\nhello",
            "HTTP/1.1 103 x\\r\\n\\r\\nHTTP/1.1 204 No Content\\r\\nConnection: X\\r\\nX: 1\\r\\n\\r\\n");

    private static HostileScene scene;
    private static int proxy;

    @BeforeAll
    static void open() throws Exception {
        scene = HostileScene.local();
        proxy = scene.listen(HttpAcceptor::new, Map.of());
        answer("GET", bytes(GOLDEN.get(0)));
        scene.watch();
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
    }

    private static byte[] bytes(String text) {
        return Table.unescape(text);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What a client got, and whether its connection was reset. */
    private record Got(String text, boolean reset) {}

    private static Got answer(String method, byte[] answer) throws Exception {
        scene.far.answers(answer);
        boolean upgrade = method.equals("UPGRADE");
        String request =
                (upgrade ? "GET" : method) + " http://a.test:8080/ HTTP/1.1\r\nHost: a.test:8080\r\nConnection: "
                        + (upgrade ? "upgrade\r\nUpgrade: x" : "close") + "\r\n\r\n";
        try (Caller caller = Caller.to(proxy)) {
            caller.send(request.getBytes(StandardCharsets.ISO_8859_1));
            if (upgrade) {
                caller.end();
            }
            byte[] got = caller.all();
            return new Got(text(got), caller.wasReset());
        }
    }

    static Stream<Table.Case> answers() {
        return Table.read("http-answers.txt").stream();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void a_client_gets_an_answer_or_knows_that_there_is_none(Table.Case one) throws Exception {
        String[] sent = one.sent().split(" ", 2);
        byte[] answer = bytes(sent[1]);
        Got got = answer(sent[0], answer);
        switch (one.expected()) {
            case "as is" -> assertThat(got.text).isEqualTo(text(answer));
            case "cut", "reset" -> {
                assertThat(text(answer)).startsWith(got.text);
                assertThat(got.reset).isEqualTo(one.expected().equals("reset"));
            }
            default -> {
                if (one.expected().startsWith("as ")) {
                    assertThat(got.text).isEqualTo(text(bytes(one.expected().substring(3))));
                } else {
                    assertThat(Answers.of(got.text.getBytes(StandardCharsets.ISO_8859_1), sent[0].equals("HEAD")))
                            .hasToString(one.expected());
                }
            }
        }
    }

    @Test
    void another_protocol_that_its_origin_ends_first_ends_with_its_client() throws Exception {
        scene.far.answers(bytes("HTTP/1.1 101 x\\r\\n\\r\\nhello"));
        try (Caller caller = Caller.to(proxy)) {
            caller.send(bytes("GET http://a.test:8080/ HTTP/1.1\\r\\nHost: a.test:8080\\r\\n"
                    + "Connection: upgrade\\r\\nUpgrade: x\\r\\n\\r\\n"));
            assertThat(text(caller.all())).endsWith("hello");
            caller.end();
            scene.awaitNoFlow();
        }
    }

    @Test
    void every_beginning_of_an_answer_is_an_error_or_a_beginning() throws Exception {
        for (String golden : GOLDEN) {
            for (byte[] beginning : Mutations.truncations(bytes(golden))) {
                String got = answer("GET", beginning).text;
                if (!got.contains(" 502 ")) {
                    assertThat(text(beginning).replaceFirst("Connection: X\r\nX: 1\r\n", ""))
                            .startsWith(got);
                }
            }
        }
    }

    @Test
    void every_changed_byte_of_an_answer_ends_with_an_answer_or_an_error() throws Exception {
        for (String golden : GOLDEN) {
            for (byte[] changed : Mutations.flips(bytes(golden))) {
                String got = answer("GET", changed).text;
                assertThat(got).as(text(changed)).matches("(?s)(HTTP/1\\.[01] .*)?");
            }
        }
    }
}

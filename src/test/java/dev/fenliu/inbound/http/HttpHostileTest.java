package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Caller;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.HostileScene;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile clients of the HTTP proxy, in the tables {@code resources/hostile/http*.txt}. */
@Timeout(180)
class HttpHostileTest {
    /** All that a changed request may get; 200 is the origin's. */
    private static final Set<Integer> DEFINED = Set.of(200, 400, 403, 414, 431, 501, 502, 505);

    private static HostileScene scene;
    private static int http;
    private static int mixed;
    private static int withUsers;
    private static int hurried;

    @BeforeAll
    static void open() throws Exception {
        scene = HostileScene.local();
        http = scene.listen(HttpAcceptor::new, Map.of());
        mixed = scene.listen(HostileScene::mixed, Map.of());
        withUsers = scene.listen(HttpAcceptor::new, HostileScene.USERS);
        hurried = scene.listen(HostileScene::mixed, Map.of(), Duration.ofSeconds(1));
        Caller.exchange(http, bytes("GET http://a.test/ HTTP/1.0\r\n\r\n"), true); // loads what is loaded once
        scene.watch();
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Stream<Table.Case> withoutUsers() {
        return Table.cases("http.txt");
    }

    static Stream<Table.Case> withUsers() {
        return Table.cases("http-users.txt");
    }

    @ParameterizedTest
    @MethodSource("withoutUsers")
    void a_request_gets_what_it_deserves(Table.Case one) throws Exception {
        check(http, one);
    }

    @ParameterizedTest
    @MethodSource("withUsers")
    void a_request_of_a_user_gets_what_it_deserves(Table.Case one) throws Exception {
        check(withUsers, one);
    }

    private static void check(int port, Table.Case one) throws Exception {
        boolean fin = one.expected().startsWith("+");
        String[] parts = one.expected().substring(fin ? 1 : 0).split(" ?\\| ", 2);
        boolean head = one.sent().startsWith("HEAD ");
        Answers answers = Answers.of(Caller.exchange(port, Table.unescape(one.sent()), fin), head);
        String wanted = new String(Table.unescape(parts[0]), StandardCharsets.ISO_8859_1);
        assertThat(answers.toString()).isEqualTo(wanted);
        if (parts.length > 1 && !head) {
            assertThat(answers.all.get(answers.all.size() - 1).body())
                    .isEqualTo(new String(Table.unescape(parts[1]), StandardCharsets.ISO_8859_1));
        }
    }

    private static List<byte[]> golden() {
        return Table.cases("http-golden.txt")
                .map(one -> Table.unescape(one.sent()))
                .toList();
    }

    @Test
    void every_beginning_of_a_request_ends_with_the_client() throws Exception {
        for (byte[] message : golden()) {
            for (byte[] beginning : Mutations.truncations(message)) {
                for (int port : new int[] {http, mixed}) {
                    assertDefined(port, beginning);
                }
            }
        }
    }

    @Test
    void every_changed_byte_gets_an_answer_or_an_end() throws Exception {
        for (byte[] message : golden()) {
            for (byte[] changed : Mutations.flips(message)) {
                assertDefined(http, changed);
            }
        }
    }

    private static void assertDefined(int port, byte[] sent) throws Exception {
        String text = new String(sent, StandardCharsets.ISO_8859_1);
        Answers answers = Answers.of(Caller.exchange(port, sent, true), false);
        for (Answers.Answer answer : answers.all) {
            assertThat(DEFINED).as(text).contains(answer.status());
            assertThat(answer.status() == 200 || !answer.error().isEmpty())
                    .as(text)
                    .isTrue();
        }
    }

    @Test
    void a_client_that_goes_on_no_further_is_closed_when_its_time_is_over() throws Exception {
        List<byte[]> beginnings = new ArrayList<>();
        for (byte[] message : golden()) {
            String text = new String(message, StandardCharsets.ISO_8859_1);
            byte[] head = bytes(text.substring(0, text.indexOf("\r\n\r\n") + 4));
            beginnings.addAll(Mutations.truncations(head));
        }
        for (byte[] answer : Caller.stalls(hurried, beginnings, 20)) {
            assertThat(answer).isEmpty();
        }
    }
}

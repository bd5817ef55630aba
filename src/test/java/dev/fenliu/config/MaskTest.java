package dev.fenliu.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {
    private static String masked(String text) {
        List<String> lines = List.of(text.split("\n", -1));
        Mask mask = new Mask(lines);
        return String.join(
                "\n",
                IntStream.rangeClosed(1, lines.size())
                        .mapToObj(number -> Mask.apply(lines.get(number - 1), mask.secrets(number)))
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        password: hunter2                           | password: ***
        password: "hunter2"                         | password: ***
        password: 'hun''ter2' # mine                | password: *** # mine
        password: hunter2 # mine                    | password: ***# mine
        password: hunter2, {x}                      | password: ***
        password: "hunter2" hunter3                 | password: ***
        password: "hunter2                          | password: ***
        password: [hunter2, hunter3]                | password: ***
        - password: hunter2                         | - password: ***
        "password": hunter2                         | "password": ***
        obfs-password: hunter2                      | obfs-password: ***
        Pasword: hunter2                            | Pasword: ***
        token: hunter2                              | token: ***
        {a: 1, password: hunter2, b: 2}             | {a: 1, password: ***, b: 2}
        {a: [1], password: hunter2}                 | {a: [1], password: ***}
        {password: "hun,}ter2", b: 2}               | {password: ***, b: 2}
        {password: "hun\\"ter2", b: 2}              | {password: ***, b: 2}
        {uuid: hunter2, psk: hunter3}               | {uuid: ***, psk: ***}
        users: {anna: hunter2, bert: "hunter3"}, x: | users: {anna: ***, bert: ***}, x:
        users: [anna, hunter2]                      | users: ***
        a: trojan://hunter2@h.example:1             | a: trojan://***@h.example:1
        a: trojan://hun@ter/2@h.example:1           | a: trojan://***@h.example:1
        a: "ss://aHVudGVy"                          | a: "ss://***"
        {a: "https://x:hunter2@h.example/"}         | {a: "https://***@h.example/"}
        a: https://h.example/list?key=hunter2#all   | a: https://h.example/list?***#all
        a: anna:hunter2@h.example                   | a: ***@h.example
        subscriptions: {a: {url: "https://h.example/hunter2"}} | subscriptions: {a: {url: "https://h.example/***"}}
        rule-sets: {a: {url: "https://h.example/all"}} | rule-sets: {a: {url: "https://h.example/all"}}
        """)
    void secrets_are_stars(String line, String shown) {
        assertThat(masked(line)).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password: \"${env:VPS}\"",
                "password: ${file:vps.password}",
                "{password: \"${env:VPS}\", sni: www.example}",
                "password: \"\"",
                "private-key: key.pem",
                "- {domain: a.example, to: direct}",
                "code: google@ads",
                "url: https://lists.example/ads.txt",
                "server: \"[2001:db8::1]:443\"",
                "path: /var/lib",
                "# password",
            })
    void what_is_no_secret_stays(String line) {
        assertThat(masked(line)).isEqualTo(line);
    }

    /** The message about an entry of a remote list may be full of what could begin a login. */
    @Test
    void a_text_of_a_million_beginnings_of_logins_is_looked_through_once() {
        String text = ",a:".repeat(1 << 20) + " @ " + "a:// ".repeat(1 << 16);
        assertThat(Mask.clean(text)).isEqualTo(text);
        assertThat(Mask.clean(text + "b:hunter2@c,d:hunter3@e")).isEqualTo(text + "***@e");
    }

    @Test
    void lines_below_a_key_are_its_secret() {
        assertThat(masked("a:\n  password: |\n    hunter2\n\n    hunter3\n  sni: b\nc: d"))
                .isEqualTo("a:\n  password: |\n    ***\n\n    ***\n  sni: b\nc: d");
        assertThat(masked("- password:\n    hunter2\n  sni: b")).isEqualTo("- password:\n    ***\n  sni: b");
        assertThat(masked("password: \"hunter2\n  hunter3\"\nb: c")).isEqualTo("password: ***\n  ***\nb: c");
        assertThat(masked("- {password:\n    hunter2,\n   b: c}")).doesNotContain("hunter2");
    }

    @Test
    void the_names_of_users_stay_and_their_passwords_do_not() {
        assertThat(masked("- users:\n    anna: hunter2\n    \"b\": \"hunter3\"\n  name: x"))
                .isEqualTo("- users:\n    anna: ***\n    \"b\": ***\n  name: x");
        assertThat(masked("users:\n- anna: hunter2\nname: x")).isEqualTo("users:\n- anna: ***\nname: x");
        assertThat(masked("users: {anna: hunter2,\n  bert: hunter3}\nb: c"))
                .isEqualTo("users: {anna: ***,\n  bert: ***\nb: c");
    }

    @Test
    void a_long_list_in_braces_shows_what_is_no_secret() {
        assertThat(masked("- {type: trojan, password: hunter2,\n   certificate: cert.pem}"))
                .isEqualTo("- {type: trojan, password: ***,\n   certificate: cert.pem}");
    }

    @Test
    void the_caret_stays_below_its_place() {
        Excerpt behind = Excerpt.of("{password: hunter2, x: y}", 20, 21, List.of(new Mask.Span(11, 18)));
        assertThat(behind).isEqualTo(new Excerpt("{password: ***, x: y}", 17, 1));
        Excerpt on = Excerpt.of("{password: hunter2, x: y}", 13, 15, List.of(new Mask.Span(11, 18)));
        assertThat(on).isEqualTo(new Excerpt("{password: ***, x: y}", 12, 3));
        Excerpt around = Excerpt.of("{password: hunter2, x: y}", 0, 25, List.of(new Mask.Span(11, 18)));
        assertThat(around).isEqualTo(new Excerpt("{password: ***, x: y}", 1, 21));
    }

    @Test
    void wide_characters_take_two_columns() {
        assertThat(new Excerpt("香港: x", 5, 1).lines(7)).isEqualTo("\n  7 | 香港: x\n    | \u3000\u3000  ^");
        assertThat(new Excerpt("a: 香港", 4, 2).lines(7)).isEqualTo("\n  7 | a: 香港\n    |    ^^^^");
    }

    @Test
    void messages_have_no_logins_and_no_control_characters() {
        Problem problem = new Problem(
                Problem.Severity.ERROR,
                new Position("c.yaml", 1, 1),
                "\"trojan://hunter2@h.example:1\" and \u001b[31m\n",
                "anna:hunter2@h.example",
                null);
        assertThat(problem.message()).isEqualTo("\"trojan://***@h.example:1\" and \ufffd[31m\ufffd");
        assertThat(problem.hint()).isEqualTo("***@h.example");
    }

    @Test
    void odd_lines_take_no_time() {
        String many = "{[\"':@?#/a".repeat(40_000);
        for (String line : List.of(many, "a".repeat(400_000), ":".repeat(400_000), "password: {".repeat(30_000))) {
            assertThat(masked(line)).isNotNull();
        }
    }

    @Test
    void the_address_of_a_subscription_shows_its_host_alone_until_another_section_begins() {
        assertThat(masked("""
            subscriptions:
              air: {url: https://h.example/hunter2, every: 6h}
              sea:
                url: 'https://h.example:8443/hunter3/x?y=z#w'
                via: vps
              pond: {url: "${env:POND}"}
            rule-sets:
              ads: {url: https://h.example/ads}
            """)).isEqualTo("""
                    subscriptions:
                      air: {url: https://h.example/*** every: 6h}
                      sea:
                        url: 'https://h.example:8443/***'
                        via: vps
                      pond: {url: "${env:POND}"}
                    rule-sets:
                      ads: {url: https://h.example/ads}
                    """);
    }
}

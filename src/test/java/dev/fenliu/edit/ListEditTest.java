package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.route.list.ListFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListEditTest {
    private static String add(String text, String what) throws EditRefused {
        return ListEdit.add(text, null, what).text();
    }

    private static String remove(String text, String what) throws EditRefused {
        return ListEdit.remove(text, null, what).text();
    }

    /** {@code ~} is the end of a line. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "a.test~b.test~; c.test; a.test~b.test~+.c.test~",
                "a.test; https://c.test:8443/x; a.test~+.c.test~",
                "# mine~a.test   # one~; 203.0.113.7; # mine~a.test   # one~203.0.113.7~",
                "a.test~; 'DOMAIN-KEYWORD,ads'; a.test~DOMAIN-KEYWORD,ads~",
                "a.test~; 'c*.test'; 'a.test~DOMAIN-WILDCARD,c*.test~'",
                "'DOMAIN,a.test~'; c.test; 'DOMAIN,a.test~DOMAIN-SUFFIX,c.test~'",
                "'DOMAIN,a.test~'; 2001:db8::1; 'DOMAIN,a.test~IP-CIDR6,2001:db8::1/128,no-resolve~'",
                "'HOST,a.test~'; 203.0.113.0/24; 'HOST,a.test~IP-CIDR,203.0.113.0/24,no-resolve~'",
                "'||a.test^~'; c.test; '||a.test^~||c.test^~'",
                "domain:a.test~full:b.test~; c.test; domain:a.test~full:b.test~domain:c.test~",
                "'payload:~  - ''+.a.test''~'; c.test; 'payload:~  - ''+.a.test''~  - \"+.c.test\"~'",
                "'payload:~- DOMAIN,a.test # x~'; c.test; 'payload:~- DOMAIN,a.test # x~- \"DOMAIN-SUFFIX,c.test\"~'",
                "'payload: [a.test]~'; c.test; 'payload: [a.test, \"+.c.test\"]~'",
                "'- a.test~- b.test~'; c.test; '- a.test~- b.test~- \"+.c.test\"~'",
                "domain-suffix:~  - a.test   # one~domain:~  - b.test~; c.test;"
                        + " domain-suffix:~  - a.test   # one~  - c.test~domain:~  - b.test~",
                "domain-suffix: a.test~; c.test; 'domain-suffix: [a.test, c.test]~'",
                "domain-suffix: [a.test]~; 10.0.0.0/8; domain-suffix: [a.test]~ip-cidr:~  - 10.0.0.0/8~",
            })
    void what_is_added_stands_behind_the_rest_in_the_format_of_the_list_and_goes_again(
            String text, String what, String expected) throws EditRefused {
        String before = text.replace('~', '\n');
        String after = expected.replace('~', '\n');
        assertThat(add(before, what)).isEqualTo(after);
        String windows = before.replace("\n", "\r\n");
        if (windows.contains("\n")) {
            assertThat(add("\ufeff" + windows, what)).isEqualTo("\ufeff" + after.replace("\n", "\r\n"));
        }
        assertThatThrownBy(() -> add(after, what))
                .isInstanceOf(EditRefused.class)
                .hasMessageContaining("already");
        if (!after.contains("]") && !after.contains("ip-cidr:")) {
            String again = before.endsWith("\n") ? before : before + "\n";
            assertThat(remove(after, what)).isEqualTo(again);
        }
    }

    @Test
    void a_host_that_is_taken_out_goes_however_it_is_listed() throws EditRefused {
        assertThat(remove("0.0.0.0 a.test\n0.0.0.0 b.test # x\n0.0.0.0 c.test\n", "b.test"))
                .isEqualTo("0.0.0.0 a.test\n0.0.0.0 c.test\n");
        assertThat(remove("a.test\n+.b.test\nb.test\nc.b.test\n", "b.test")).isEqualTo("a.test\nc.b.test\n");
        assertThat(remove("a.test\nDOMAIN-KEYWORD,ads\n", "DOMAIN-KEYWORD,ads")).isEqualTo("a.test\n");
        assertThat(remove("||a.test^\n||b.test^$important\n", "||b.test^$important"))
                .isEqualTo("||a.test^\n");
        assertThat(remove("a.test\r\nb.test", "b.test")).isEqualTo("a.test\r\n");
        assertThat(remove("domain-suffix:\n  - a.test\n  # both\n  - b.test # two\n", "b.test"))
                .isEqualTo("domain-suffix:\n  - a.test\n  # both\n");
        assertThat(remove("domain-suffix:\n  - a.test\ndomain:\n  - b.test\n", "b.test"))
                .isEqualTo("domain-suffix:\n  - a.test\ndomain:\n");
    }

    /** {@code ~} is the end of a line. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'domain-suffix: [a.test, b.test, c.test] # mine~'; a.test; 'domain-suffix: [b.test, c.test] # mine~'",
                "'domain-suffix: [a.test, b.test, c.test] # mine~'; b.test; 'domain-suffix: [a.test, c.test] # mine~'",
                "'domain-suffix: [a.test, b.test, c.test] # mine~'; c.test; 'domain-suffix: [a.test, b.test] # mine~'",
                "'domain: [a.test]~domain-suffix: [ ''b.test'' ] # b~'; b.test;"
                        + " 'domain: [a.test]~domain-suffix: [  ] # b~'",
                "'# all~payload: [a.test, \"+.b.test\", ''b.test'',]~'; b.test; '# all~payload: [a.test,]~'",
                "'payload: [\"DOMAIN-KEYWORD,ads\", a.test]'; 'DOMAIN-KEYWORD,ads'; 'payload: [a.test]'",
                "'domain-keyword: [ads, more]~domain: [ads, a.test]~'; ads;"
                        + " 'domain-keyword: [more]~domain: [a.test]~'",
                "'ip-cidr: [10.0.0.0/8, ''2001:db8::/32'']~'; 2001:db8::/32; 'ip-cidr: [10.0.0.0/8]~'",
                "'domain: [a.test, b.test]~domain-suffix:~  - b.test~  - c.test~'; b.test;"
                        + " 'domain: [a.test]~domain-suffix:~  - c.test~'",
            })
    void one_of_several_in_brackets_goes_and_the_rest_of_the_line_stays(String text, String what, String expected)
            throws EditRefused {
        assertThat(remove(text.replace('~', '\n'), what)).isEqualTo(expected.replace('~', '\n'));
        assertThat(remove("\ufeff" + text.replace("~", "\r\n"), what))
                .isEqualTo("\ufeff" + expected.replace("~", "\r\n"));
    }

    @Test
    void what_cannot_be_done_is_refused_with_the_reason() {
        assertRefused(() -> add("0.0.0.0 a.test\n", "b.test"), "hosts cannot say b.test and all below it");
        assertRefused(() -> add("||a.test^\n", "10.0.0.0/8"), "adblock holds names alone");
        assertRefused(() -> add("{\"version\": 1, \"rules\": [{\"domain\": [\"a.test\"]}]}", "b.test"), "sing-box");
        assertRefused(() -> add("domain:\n  - a.test\n", "DOMAIN-KEYWORD,b"), "no Clash lines");
        assertRefused(() -> add("a.test\n", "b.test:443"), "leave out :443");
        assertRefused(() -> add("a.test\n", "{domain: b.test}"), "no rules with braces");
        assertRefused(() -> add("a.test\n", "a..b"), "a..b");
        assertRefused(() -> add("a.test\n", "SOMETHING,b.test"), "SOMETHING");
        assertRefused(() -> add("", "b.test"), "empty");
        assertRefused(() -> remove("a.test\nb.test\n", "c.test"), "has no c.test");
        assertRefused(() -> remove("+.b.test\n", "b.test"), "all that the list has");
        assertRefused(() -> remove("payload: [*.a.test, b.test]\n", "b.test"), "line 1 of the list holds more");
        assertRefused(() -> remove("payload: [b.test, +.b.test]\n", "b.test"), "all that the list has");
        assertRefused(() -> remove("0.0.0.0 a.test b.test\n", "b.test"), "line 1 of the list holds more");
        assertRefused(() -> remove("a.test\nb.test\nfull:c.test\n", "c.test"), "say `format: v2fly`");
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable edit, String why) {
        assertThatThrownBy(edit).isInstanceOf(EditRefused.class).hasMessageContaining(why);
    }

    @Test
    void a_forced_format_is_kept_to() throws EditRefused {
        assertThat(ListEdit.add(".a.test\n", ListFormat.DOMAIN_SET, "b.test"))
                .isEqualTo(new ListEdit.Edited(".a.test\n.b.test\n", 2));
        assertThat(ListEdit.remove("a.test\nfull:c.test\n", ListFormat.V2FLY, "c.test")
                        .text())
                .isEqualTo("a.test\n");
    }

    @Test
    void a_long_list_is_edited_in_a_moment_too() throws EditRefused {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            list.append('h').append(i).append(".test\n");
        }
        assertThat(add(list.toString(), "more.test")).isEqualTo(list + "+.more.test\n");
        assertThat(remove(list.toString(), "h77.test")).hasSize(list.length() - "h77.test\n".length());
    }

    @Test
    void entries_of_a_config_are_known_by_their_words() throws EditRefused {
        assertThat(ListEdit.plain("a.test")).isEqualTo("+.a.test");
        assertThat(ListEdit.isMeant("+.a.test", "a.test")).isTrue();
        assertThat(ListEdit.isMeant("a.test", "a.test")).isTrue();
        assertThat(ListEdit.isMeant("DOMAIN-SUFFIX,a.test", "a.test")).isTrue();
        assertThat(ListEdit.isMeant("b.a.test", "a.test")).isFalse();
        assertThat(ListEdit.isMeant("..", "a.test")).isFalse();
    }
}

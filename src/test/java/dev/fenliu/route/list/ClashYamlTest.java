package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClashYamlTest {
    @Test
    void entries_of_all_behaviours_are_recognised_one_by_one() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # comment
                payload:
                  - DOMAIN,Api.OpenAI.com
                  - DOMAIN-SUFFIX,chatgpt.com
                  - DOMAIN-KEYWORD,OpenAI
                  - DOMAIN-WILDCARD,a?.*.example
                  - IP-CIDR,10.0.0.0/8,no-resolve
                  - IP-CIDR6,2001:db8::/32,no-resolve
                  - IP-CIDR,192.168.1.0/24,src
                  - DST-PORT,443
                  - AND,((NETWORK,UDP),(DST-PORT,443))
                  - +.sora.com
                  - .below.example
                  - '*.child.example'
                  - exact.example
                  - 172.16.0.0/12
                  - 192.0.2.1
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN api.openai.com",
                        "DOMAIN_SUFFIX chatgpt.com",
                        "DOMAIN_KEYWORD openai",
                        "DOMAIN_WILDCARD a?.*.example",
                        "IP_CIDR_KNOWN 10.0.0.0/8",
                        "IP_CIDR_KNOWN 2001:db8::/32",
                        "CLASH_LINE SRC-IP-CIDR,192.168.1.0/24",
                        "CLASH_LINE DST-PORT,443",
                        "CLASH_LINE AND,((NETWORK,UDP),(DST-PORT,443))",
                        "DOMAIN_SUFFIX sora.com",
                        "DOMAIN_BELOW below.example",
                        "DOMAIN_CHILD child.example",
                        "DOMAIN exact.example",
                        "IP_CIDR 172.16.0.0/12",
                        "IP_CIDR 192.0.2.1/32");
        assertThat(list.bad).isEmpty();
        assertThat(list.lines).startsWith(3, 4, 5).endsWith(17);
    }

    @Test
    void byte_order_mark_carriage_returns_quotes_tabs_and_end_comments_do_not_matter() throws ListFormatException {
        RecordedList list = RecordedList.of("\ufeffpayload: # head\r\n  - 'a.example' # one\r\n\t- \"b.example\"\r\n"
                + "-\tc.example # three\r\n- 'it''s'\r\n- \"\\u0064.example\"");
        assertThat(list.entries)
                .containsExactly("DOMAIN a.example", "DOMAIN b.example", "DOMAIN c.example", "DOMAIN d.example");
        assertThat(list.bad).singleElement().asString().startsWith("5: it's: ");
    }

    @Test
    void an_expression_keeps_its_case_its_commas_and_its_blanks() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                payload:
                - DOMAIN-REGEX,^chat-\\S+-\\d{1,3}\\.Example$
                - 'DOMAIN-REGEX, ^a$ '
                """);
        assertThat(list.entries).containsExactly("DOMAIN_REGEX ^chat-\\S+-\\d{1,3}\\.Example$", "DOMAIN_REGEX  ^a$ ");
    }

    @Test
    void a_list_on_one_line_is_read_and_one_over_several_is_reported() throws ListFormatException {
        assertThat(RecordedList.of("payload: [a.example, '+.b.example', \"c.example\"] # end").entries)
                .containsExactly("DOMAIN a.example", "DOMAIN_SUFFIX b.example", "DOMAIN c.example");
        RecordedList broken = RecordedList.of("payload: [a.example,\n  b.example]\nrules:\n - c.example\n");
        assertThat(broken.entries).containsExactly("DOMAIN c.example");
        assertThat(broken.bad.get(0)).contains("write one entry a line");
    }

    @Test
    void only_the_lists_of_rules_count() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                version: 1
                others:
                  - wrong.example
                rules:
                  - a.example
                more:
                  - wrong.example
                payload:
                  - b.example
                """);
        assertThat(list.entries).containsExactly("DOMAIN a.example", "DOMAIN b.example");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'MATCH,x' | cannot hold",
                "'RULE-SET,other' | cannot hold",
                "'DOMAIN-SUFIX,a.example' | not known here",
                "'SUB-RULE,(AND),x' | cannot hold",
                "'URL-REGEX,^http' | TLS",
                "http://example.org/x | has a path",
                "'+.' | is empty",
                "'a*.example' | whole label",
                "'IP-CIDR,10.0.0.0/99' | is no network",
                "'IP-CIDR,10.0.0.0/99,src' | is no network",
                "'DOMAIN-REGEX,(?=x)' | no expression",
                "'DOMAIN-KEYWORD,' | no host name",
                "!!binary aGVsbG8= | cannot start with !",
                "&anchor x.example | cannot start with &",
                "[nested] | cannot start with [",
                "'\"unclosed' | not closed",
                "'\"a\" b' | follows the value",
                "- deeper | host",
            })
    void a_bad_entry_is_skipped_with_its_reason(String entry, String reason) throws ListFormatException {
        RecordedList list = RecordedList.of(ListFormat.CLASH, "payload:\n- good.example\n- " + entry + "\n");
        assertThat(list.entries).containsExactly("DOMAIN good.example");
        assertThat(list.bad).singleElement().asString().startsWith("3: ").contains(reason);
    }

    @Test
    void a_star_is_one_label_wherever_it_stands() throws ListFormatException {
        RecordedList list = RecordedList.of("payload:\n- www.*.example\n- '*'\n- '+.*.example'\n- '1.*.*'\n");
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN_REGEX ^www\\.[^.]+\\.example$",
                        "DOMAIN_REGEX ^[^.]+$",
                        "DOMAIN_REGEX ^(?:.+\\.)?[^.]+\\.example$",
                        "DOMAIN_REGEX ^1\\.[^.]+\\.[^.]+$");
        assertThat(list.matches("www.a.example")).isTrue();
        assertThat(list.matches("wwwxa.example.org")).isFalse();
    }

    @Test
    void a_file_without_a_good_entry_is_an_error_with_the_first_reason() {
        assertThatThrownBy(() -> RecordedList.of("payload:\n- http://a.example/\n- b/c\n"))
                .isInstanceOf(ListFormatException.class)
                .hasMessage("line 2: \"http://a.example/\" has a path (expected: a name or a network)"
                        + " (read as clash; none of the 2 lines is good)");
        assertThatThrownBy(() -> RecordedList.of("payload: []\n")).hasMessage("the list has no entry (read as clash)");
    }

    @Test
    void cut_at_every_byte_it_gives_entries_or_an_error() {
        byte[] whole = "payload:\n- '+.a.example' # x\n- \"b.example\"\n- DOMAIN-REGEX,^c{1,2}$\n- \u00e4.example\n"
                .getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length <= whole.length; length++) {
            Damage.read(java.util.Arrays.copyOf(whole, length), ListFormat.CLASH);
        }
    }
}

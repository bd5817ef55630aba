package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SingBoxJsonTest {
    private static RecordedList rules(String rules) throws ListFormatException {
        return RecordedList.of("{\"version\": 3, \"rules\": [" + rules + "]}");
    }

    @Test
    void a_rule_that_only_names_hosts_gives_an_entry_for_each_with_its_line() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                {
                  // comments are allowed
                  "version": 2,
                  "rules": [
                    {
                      "domain": ["Api.example", "b.example"],
                      "domain_suffix": [
                        "c.example",
                        ".d.example"
                      ],
                      "domain_keyword": "openai",
                      "domain_regex": "^e-\\\\S+\\\\.Example$",
                      "ip_cidr": ["10.0.0.0/8", "192.0.2.1"],
                      "network_is_expensive": false,
                      "wifi_ssid": [],
                      "invert": false
                    }
                  ]
                }
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN api.example",
                        "DOMAIN b.example",
                        "DOMAIN_SUFFIX c.example",
                        "DOMAIN_BELOW d.example",
                        "DOMAIN_KEYWORD openai",
                        "DOMAIN_REGEX ^e-\\S+\\.Example$",
                        "IP_CIDR 10.0.0.0/8",
                        "IP_CIDR 192.0.2.1/32");
        assertThat(list.lines).containsExactly(6, 6, 8, 9, 11, 12, 13, 13);
        assertThat(list.bad).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"domain\":\"a.example\",\"port\":443} | AND,((DOMAIN,a.example),(DST-PORT,443))",
                "{\"port\":[80,443],\"port_range\":[\"1000:2000\",\":99\",\"60000:\"]}"
                        + " | DST-PORT,80/443/1000-2000/1-99/60000-65535",
                "{\"network\":\"udp\",\"port\":\"443\",\"domain_suffix\":[\"a.example\",\".b.example\"]}"
                        + " | AND,((OR,((DOMAIN-SUFFIX,a.example),(DOMAIN-WILDCARD,*.b.example))),(DST-PORT,443),"
                        + "(NETWORK,udp))",
                "{\"source_ip_cidr\":[\"10.0.0.0/8\",\"192.168.1.1\"],\"source_port\":[1]}"
                        + " | AND,((SRC-PORT,1),(OR,((SRC-IP-CIDR,10.0.0.0/8),(SRC-IP-CIDR,192.168.1.1/32))))",
                "{\"ip_cidr\":\"10.0.0.0/8\",\"invert\":true} | NOT,((IP-CIDR,10.0.0.0/8))",
                "{\"process_name\":\"curl\"} | PROCESS-NAME,curl",
                "{\"type\":\"logical\",\"mode\":\"and\",\"rules\":[{\"domain\":\"a.example\"},{\"port\":1}]}"
                        + " | AND,((DOMAIN,a.example),(DST-PORT,1))",
                "{\"type\":\"logical\",\"mode\":\"or\",\"invert\":true,\"rules\":[{\"domain\":\"a.example\"},"
                        + "{\"port\":1}]} | NOT,((OR,((DOMAIN,a.example),(DST-PORT,1))))",
                "{\"domain_regex\":\"^a{1,3}(bc)\\\\($\",\"port\":1}"
                        + " | AND,((DOMAIN-REGEX,^a{1,3}(bc)\\($),(DST-PORT,1))",
            })
    void any_other_rule_becomes_one_line(String rule, String expected) throws ListFormatException {
        assertThat(rules(rule).entries).containsExactly("CLASH_LINE " + expected);
    }

    @Test
    void a_logical_or_at_the_top_is_just_its_rules() throws ListFormatException {
        RecordedList list = rules("{\"type\":\"logical\",\"mode\":\"or\",\"rules\":[{\"domain\":\"a.example\"},"
                + "{\"domain_suffix\":\"b.example\"},{\"port\":53}]}");
        assertThat(list.entries)
                .containsExactly("DOMAIN a.example", "DOMAIN_SUFFIX b.example", "CLASH_LINE DST-PORT,53");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"domain\":\"b.example\",\"wifi_ssid\":\"home\"} | wifi_ssid",
                "{\"domain\":\"b.example\",\"network_is_expensive\":true} | network_is_expensive",
                "{\"domain\":\"b.example\",\"query_type\":[\"A\"]} | query_type",
                "{\"domain\":\"b.example\",\"port\":70000} | port 70000",
                "{\"domain\":\"b.example\",\"network\":\"icmp\"} | network icmp",
                "{\"process_name\":\"x)),((DOMAIN,y\"} | process_name",
                "{\"domain\":\"b.example\",\"source_ip_cidr\":\"x\"} | a source of",
                "{\"domain\":\"b/c\",\"port\":1} | host",
                "{\"domain_regex\":\"[(]\",\"port\":1} | joined",
                "{\"type\":\"future\",\"domain\":\"b.example\"} | type future",
                "{\"rules\":[{\"domain\":\"b.example\"}]} | rules",
                "{\"type\":\"logical\",\"mode\":\"and\",\"rules\":[]} | without rules",
                "{} | without conditions",
            })
    void a_rule_that_cannot_be_told_is_left_out_whole(String rule, String reason) throws ListFormatException {
        RecordedList list = rules("{\"domain\":\"good.example\"}," + rule);
        assertThat(list.entries).containsExactly("DOMAIN good.example");
        assertThat(list.bad).singleElement().asString().contains(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}",
                "{\"error\": \"not found\"}",
                "{\"rules\": 1}",
                "{\"rules\": [1]}",
                "{\"rules\": [{\"domain\": {}}]}",
                "{\"rules\": [{\"invert\": \"maybe\"}]}",
                "{\"rules\": [{\"domain\": [\"a.example\"]}",
            })
    void what_is_no_rule_set_is_an_error(String text) {
        assertThatThrownBy(() -> RecordedList.of(text)).isInstanceOf(ListFormatException.class);
    }

    @Test
    void an_error_names_the_line() {
        assertThatThrownBy(() -> RecordedList.of("{\n\"rules\": [\n{\"domain\": oops oops}\n]}"))
                .hasMessageStartingWith("line 3: ");
    }

    @Test
    void nesting_has_an_end() {
        String deep = "{\"type\":\"logical\",\"rules\":[".repeat(10_000);
        assertThatThrownBy(() -> rules(deep)).hasMessageContaining("nested too deeply");
        assertThatThrownBy(() -> RecordedList.of("{\"x\":" + "[".repeat(1_000_000)))
                .isInstanceOf(ListFormatException.class);
    }

    @Test
    void many_hosts_joined_with_a_port_are_refused_rather_than_scanned_for_each_flow() throws ListFormatException {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            names.append(i == 0 ? "" : ",").append("\"n").append(i).append(".example\"");
        }
        RecordedList list = rules("{\"domain\":[" + names + "],\"port\":1},{\"domain\":\"a.example\"}");
        assertThat(list.entries).containsExactly("DOMAIN a.example");
        assertThat(list.bad).singleElement().asString().contains("more than 2000");
    }

    @Test
    void damage_gives_entries_or_an_error() {
        Damage.everywhere(
                ("{\"version\":2,\"rules\":[{\"domain\":[\"a.example\"],\"port\":[443]},"
                                + "{\"domain_suffix\":\"b.example\"}]}")
                        .getBytes(StandardCharsets.UTF_8),
                ListFormat.SING_BOX);
    }
}

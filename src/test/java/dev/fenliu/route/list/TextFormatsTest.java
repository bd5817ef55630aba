package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The formats of one entry a line. */
class TextFormatsTest {
    @Test
    void plain_text_takes_names_networks_and_rules_with_comments_of_any_style() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # one
                // two
                ; three
                ! four

                Example.ORG.
                +.a.example  # end
                .b.example // end
                *.c.example ; end
                b\u00fccher.example
                _dmarc.example
                cn
                10.0.0.0/8
                2001:db8::/32
                192.0.2.1
                DOMAIN-SUFFIX,d.example
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN example.org",
                        "DOMAIN_SUFFIX a.example",
                        "DOMAIN_BELOW b.example",
                        "DOMAIN_CHILD c.example",
                        "DOMAIN xn--bcher-kva.example",
                        "DOMAIN _dmarc.example",
                        "DOMAIN cn",
                        "IP_CIDR 10.0.0.0/8",
                        "IP_CIDR 2001:db8::/32",
                        "IP_CIDR 192.0.2.1/32",
                        "DOMAIN_SUFFIX d.example");
        assertThat(list.bad).isEmpty();
        assertThat(list.lines).startsWith(6);
    }

    @Test
    void classical_rules_of_all_programs_are_read_without_their_options_and_policies() throws ListFormatException {
        RecordedList list = RecordedList.of(ListFormat.SURGE, """
                // Surge
                DOMAIN,a.example,extended-matching
                DOMAIN-SUFFIX, b.example // end
                DOMAIN-SUFFIX,.c.example
                IP-CIDR,10.0.0.0/8,no-resolve ; end
                DEST-PORT,443
                SRC-IP,192.168.1.1
                PROCESS-NAME,curl
                host, d.example, PROXY
                Host-Suffix, E.example, PROXY
                host-keyword, F, PROXY
                host-wildcard, *.g.example, PROXY
                ip6-cidr, 2001:db8::/32, PROXY
                USER-AGENT,x*
                FINAL,PROXY
                nonsense
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN a.example",
                        "DOMAIN_SUFFIX b.example",
                        "DOMAIN_SUFFIX c.example",
                        "IP_CIDR_KNOWN 10.0.0.0/8",
                        "CLASH_LINE DEST-PORT,443",
                        "CLASH_LINE SRC-IP,192.168.1.1",
                        "CLASH_LINE PROCESS-NAME,curl",
                        "DOMAIN d.example",
                        "DOMAIN_SUFFIX e.example",
                        "DOMAIN_KEYWORD f",
                        "DOMAIN_BELOW g.example",
                        "IP_CIDR 2001:db8::/32");
        assertThat(list.bad)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("14: ").contains("TLS"),
                        second -> assertThat(second).startsWith("15: ").contains("FINAL"),
                        third -> assertThat(third).startsWith("16: ").contains("expected: TYPE,value"));
    }

    @Test
    void a_hosts_file_names_what_leads_nowhere() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # comment
                127.0.0.1 localhost
                ::1 localhost ip6-localhost
                fe80::1%lo0 localhost
                255.255.255.255\tbroadcasthost
                0.0.0.0 0.0.0.0
                0.0.0.0 Ads.example  track.example\t# both
                127.0.0.1\tmore.example
                :: six.example
                192.0.2.7 real.example
                0.0.0.0
                what ever
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN ads.example", "DOMAIN track.example", "DOMAIN more.example", "DOMAIN six.example");
        assertThat(list.lines).containsExactly(7, 7, 8, 9);
        assertThat(list.bad)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("10: ").contains("real address"),
                        second -> assertThat(second).startsWith("11: "),
                        third -> assertThat(third).startsWith("12: ").contains("no address"));
    }

    @Test
    void directives_of_dnsmasq_name_suffixes() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # comment
                server=/a.example/b.example/192.0.2.1#53 # end
                address=/.c.example/0.0.0.0
                local=/d.example/
                ipset=/e.example/set4,set6
                nftset=/f.example/4#inet#table#set
                server=/*.g.example/192.0.2.1
                server=/keep.a.example/#
                address=/h.example/#
                server=192.0.2.1
                bogus-nxdomain=192.0.2.9
                server=//192.0.2.1
                address=/#/0.0.0.0
                no-resolv
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN_SUFFIX a.example",
                        "DOMAIN_SUFFIX b.example",
                        "DOMAIN_SUFFIX c.example",
                        "DOMAIN_SUFFIX d.example",
                        "DOMAIN_SUFFIX e.example",
                        "DOMAIN_SUFFIX f.example",
                        "DOMAIN_BELOW g.example",
                        "except DOMAIN_SUFFIX keep.a.example",
                        "DOMAIN_SUFFIX h.example");
        assertThat(list.bad).hasSize(5);
        assertThat(list.matches("x.a.example")).isTrue();
        assertThat(list.matches("keep.a.example")).isFalse();
    }

    @Test
    void real_directives_are_all_read() throws Exception {
        RecordedList list = RecordedList.of(RecordedList.resource("dnsmasq-apple.china.conf"), null, "");
        assertThat(list.entries).hasSize(164).contains("DOMAIN_SUFFIX a1.mzstatic.com");
        assertThat(list.bad).isEmpty();
    }

    @Test
    void sources_of_v2fly_are_read_with_their_attributes() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # head
                a.example
                domain:b.example @ads
                full:c.example @ads @cn # end
                keyword:openai
                regexp:^d-\\S+\\.Example$ @!cn &other
                include:other-list @cn
                what:e.example
                f.example trailing
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN_SUFFIX a.example",
                        "DOMAIN_SUFFIX b.example",
                        "DOMAIN c.example",
                        "DOMAIN_KEYWORD openai",
                        "DOMAIN_REGEX ^d-\\S+\\.Example$");
        assertThat(list.bad).hasSize(3);
        assertThat(list.bad.get(0)).contains("include:").contains("geosite.dat");
    }

    @Test
    void a_real_source_of_v2fly_is_read_whole() throws Exception {
        RecordedList list = RecordedList.of(RecordedList.resource("v2fly-source-openai.txt"), null, "");
        assertThat(list.entries)
                .hasSize(23)
                .contains("DOMAIN_REGEX ^chatgpt-async-webps-prod-\\S+-\\d+\\.webpubsub\\.azure\\.com$");
        assertThat(list.bad).isEmpty();
        assertThat(list.matches("api.openai.com")).isTrue();
        assertThat(list.matches("chatgpt-async-webps-prod-eastus-12.webpubsub.azure.com"))
                .isTrue();
    }

    @Test
    void a_dot_in_a_domain_set_of_surge_means_the_name_too() throws ListFormatException {
        RecordedList list = RecordedList.of(ListFormat.DOMAIN_SET, "# c\n.a.example\nb.example // end\n192.0.2.1\n");
        assertThat(list.entries).containsExactly("DOMAIN_SUFFIX a.example", "DOMAIN b.example", "IP_CIDR 192.0.2.1/32");
    }

    @Test
    void our_own_lists_use_the_keys_of_conditions() throws ListFormatException {
        RecordedList list = RecordedList.of("""
                # ours
                domain-suffix:
                  - chatgpt.com       # the app
                  - "openai.com"
                domain: [a.example, 'b.example']
                domain-keyword: openai
                domain-wildcard:
                  - "cdn?-*.example"
                domain-regex:
                - '^c\\d+\\.Example$'
                ip-cidr:
                  - 192.0.2.0/24
                """);
        assertThat(list.entries)
                .containsExactly(
                        "DOMAIN_SUFFIX chatgpt.com",
                        "DOMAIN_SUFFIX openai.com",
                        "DOMAIN a.example",
                        "DOMAIN b.example",
                        "DOMAIN_KEYWORD openai",
                        "DOMAIN_WILDCARD cdn?-*.example",
                        "DOMAIN_REGEX ^c\\d+\\.Example$",
                        "IP_CIDR 192.0.2.0/24");
        assertThat(list.bad).isEmpty();
        assertThat(list.lines).containsExactly(3, 4, 5, 5, 6, 8, 10, 12);
    }

    @Test
    void international_labels_of_patterns_become_ascii() throws ListFormatException {
        RecordedList list = RecordedList.of(
                "domain-wildcard: ['cdn*.B\u00fccher.example', '*.b\u00fccher.example', 'b\u00fc*.example']\n");
        assertThat(list.entries)
                .containsExactly("DOMAIN_WILDCARD cdn*.xn--bcher-kva.example", "DOMAIN_BELOW xn--bcher-kva.example");
        assertThat(list.bad).hasSize(1);
    }

    @Test
    void an_unknown_key_of_ours_is_named_with_the_nearest_one() throws ListFormatException {
        RecordedList list = RecordedList.of("domain:\n - a.example\ndomain-sufix:\n - b.example\nword\n");
        assertThat(list.entries).containsExactly("DOMAIN a.example");
        assertThat(list.bad)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("3: ").contains("did you mean \"domain-suffix\"?"),
                        second -> assertThat(second).startsWith("4: "),
                        third -> assertThat(third).startsWith("5: "));
    }

    @Test
    void a_line_that_is_too_long_or_not_utf8_is_skipped() throws ListFormatException {
        RecordedList list = RecordedList.of("a.example\n" + "x".repeat(9000) + "\nb.example\n");
        assertThat(list.entries).containsExactly("DOMAIN a.example", "DOMAIN b.example");
        assertThat(list.bad).singleElement().asString().startsWith("2: xxx").contains("longer than 8192");
        byte[] latin = "a.example\nb\u00fccher.example\n".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        RecordedList other = RecordedList.of(latin, ListFormat.TEXT, "");
        assertThat(other.bad).singleElement().asString().contains("not UTF-8");
    }

    @Test
    void what_is_shown_of_a_bad_line_is_short_and_has_no_control_characters() throws ListFormatException {
        RecordedList list = RecordedList.of(ListFormat.TEXT, "a.example\n\u001b[31m" + "y".repeat(500) + "\n");
        assertThat(list.bad.get(0)).doesNotContain("\u001b").hasSizeLessThan(400);
    }
}

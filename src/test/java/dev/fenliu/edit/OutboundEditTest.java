package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundEditTest {
    private static OutboundEdit.Edited add(String text) {
        return OutboundEdit.add(text, "vps", "{type: block}");
    }

    @Test
    void without_outbounds_the_section_comes_above_the_comment_of_the_groups() {
        assertThat(add("""
                version: 1

                # who carries what
                groups:
                  tunnel: {type: select, members: []}   # none yet
                """)).isEqualTo(new OutboundEdit.Edited("""
                version: 1

                outbounds:
                  vps: {type: block}

                # who carries what
                groups:
                  tunnel: {type: select, members: [vps]}   # none yet
                """, Optional.of("tunnel")));
    }

    @Test
    void block_style_gets_lines_of_the_same_indentation() {
        assertThat(add("""
                outbounds:
                    # the old one
                    old: {type: direct}     # kept
                groups:
                    ai:
                        type: fallback
                        members:
                            - old
                    tunnels: {type: select, members: [old]}
                """)).isEqualTo(new OutboundEdit.Edited("""
                outbounds:
                    # the old one
                    vps: {type: block}
                    old: {type: direct}     # kept
                groups:
                    ai:
                        type: fallback
                        members:
                            - vps
                            - old
                    tunnels: {type: select, members: [old]}
                """, Optional.of("ai")));
    }

    @Test
    void flow_style_gets_words() {
        assertThat(add("{outbounds: {old: {type: direct}}, groups: {\"größe 𝒳\": {type: select, members: [old]}}}")
                        .text())
                .isEqualTo(
                        "{outbounds: {vps: {type: block}, old: {type: direct}}, groups: {\"größe 𝒳\": {type: select,"
                                + " members: [vps, old]}}}");
    }

    @Test
    void an_empty_section_is_filled() {
        assertThat(add("outbounds: {}\n").text()).isEqualTo("outbounds: {vps: {type: block}}\n");
        assertThat(add("outbounds:      # none\nrules: []\n").text())
                .isEqualTo("outbounds:      # none\n  vps: {type: block}\nrules: []\n");
        assertThat(add("").text()).isEqualTo("outbounds:\n  vps: {type: block}\n");
        assertThat(add("log: {level: warn}").text()).isEqualTo("log: {level: warn}\noutbounds:\n  vps: {type: block}");
    }

    @Test
    void of_several_groups_of_other_names_none_is_meant() {
        String groups = "groups: {a: {type: select, members: []}, b: {type: select, members: []}}";
        assertThat(add(groups)).isEqualTo(new OutboundEdit.Edited("""
                        outbounds:
                          vps: {type: block}

                        """ + groups, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[a]", "word", "{rules: []}", "groups: {ai: {type: select}}", "outbounds: &a\n  *a : b"})
    void what_it_does_not_know_it_leaves_alone(String text) {
        assertThatThrownBy(() -> add(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_outbound_of_an_earlier_pairing_is_found() {
        String text =
                "outbounds:\n  far: {server: 'a:1', password: '${file:far.key}'}\n  own: {server: 'b:1', password: x}\n";
        assertThat(OutboundEdit.outboundTo(text, "a:1")).contains("far");
        assertThat(OutboundEdit.outboundTo(text, "b:1")).isEmpty();
    }
}

package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscriptionEditTest {
    private static final String URL = "https://nodes.example/s?token=a#b";
    private static final String ENTRY = "{url: \"" + URL + "\"}";

    /** {@code ~} is the end of a line, {@code @} what is added. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "rules: []~; rules: []~subscriptions:~  nodes: @~",
                "subscriptions:~  nodes: {url: x} # mine~; subscriptions:~  nodes: {url: x} # mine~  nodes2: @~",
                "subscriptions: {}~; subscriptions: {nodes: @}~",
                "subscriptions:~  nodes: {}~  nodes2: {}~; subscriptions:~  nodes: {}~  nodes2: {}~  nodes3: @~",
                "groups:~  ai: {type: select}~; groups:~  ai: {type: select, use: nodes}~subscriptions:~  nodes: @~",
                "groups:~  ai:~    use: old   # why~;"
                        + " groups:~  ai:~    use: [old, nodes]   # why~subscriptions:~  nodes: @~",
                "groups:~  ai: {use: [old]}~; groups:~  ai: {use: [old, nodes]}~subscriptions:~  nodes: @~",
                "groups:~  ai: {use: all}~; groups:~  ai: {use: all}~subscriptions:~  nodes: @~",
            })
    void a_subscription_gets_a_name_that_is_free_and_the_group_uses_it(String text, String expected)
            throws EditRefused {
        OutboundEdit.Edited edited = SubscriptionEdit.add(text.replace('~', '\n'), URL);
        assertThat(edited.text()).isEqualTo(expected.replace('~', '\n').replace("@", ENTRY));
        assertThat(edited.group()).isEqualTo(text.startsWith("groups") ? Optional.of("ai") : Optional.empty());
    }

    @Test
    void of_several_groups_of_other_names_none_is_changed() throws EditRefused {
        String text = "groups: {one: {members: [a]}, two: {members: [b]}}\n";
        assertThat(SubscriptionEdit.add(text, URL))
                .isEqualTo(
                        new OutboundEdit.Edited(text + "subscriptions:\n  nodes: " + ENTRY + "\n", Optional.empty()));
    }

    @Test
    void what_is_no_mapping_is_refused() {
        assertThatThrownBy(() -> SubscriptionEdit.add("subscriptions: [a]\n", URL))
                .isInstanceOf(EditRefused.class)
                .hasMessageContaining("subscriptions is no mapping");
        assertThatThrownBy(() -> SubscriptionEdit.add("groups: {ai: {use: {}}}\n", URL))
                .isInstanceOf(EditRefused.class)
                .hasMessageContaining("groups.ai.use is no list");
        assertThatThrownBy(() -> SubscriptionEdit.add("a: [", URL)).isInstanceOf(EditRefused.class);
    }
}

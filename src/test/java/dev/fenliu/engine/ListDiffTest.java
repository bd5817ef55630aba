package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What of a list is new, and what is gone. */
class ListDiffTest {
    private static final Instant NOW = Instant.parse("2030-11-24T10:00:00Z");

    private static ListDiff.Version of(List<String> entries) {
        return entries::forEach;
    }

    private static ListDiff diff(List<String> before, List<String> after) throws Exception {
        return ListDiff.of(of(before), of(after), NOW).orElseThrow();
    }

    /** How the lists of two files differ. */
    private static ListDiff files(String before, String after) throws Exception {
        RuleSetPlan plan = Built.config("""
                rule-sets: {ads: {url: "http://lists.test/ads"}}
                rules: [{rule-set: ads, to: block}, {to: direct}]
                """).ruleSets().get("ads");
        return ListDiff.of(
                        entry -> plan.each(before.getBytes(StandardCharsets.UTF_8), entry),
                        entry -> plan.each(after.getBytes(StandardCharsets.UTF_8), entry),
                        NOW)
                .orElseThrow();
    }

    private static ListDiff.Version numbers(int end, IntPredicate which) {
        return entry -> IntStream.range(0, end).filter(which).forEach(i -> entry.accept("h" + i + ".test"));
    }

    @Test
    void what_came_and_what_went_is_told_in_the_order_of_the_lists() throws Exception {
        ListDiff diff = diff(List.of("a", "b", "c", "d"), List.of("b", "x", "d", "y", "e"));
        assertThat(diff.counts()).isEqualTo(new ListDiff.Counts(NOW, 3, 2));
        assertThat(diff.counts()).hasToString("+3 -2");
        assertThat(diff.firstAdded()).containsExactly("x", "y", "e");
        assertThat(diff.firstRemoved()).containsExactly("a", "c");
    }

    @Test
    void another_order_is_no_change_and_an_entry_counts_once() throws Exception {
        assertThat(diff(List.of("a", "b", "a"), List.of("b", "b", "a")).isEmpty())
                .isTrue();
        ListDiff diff = diff(List.of("a", "z", "z"), List.of("n", "a", "n"));
        assertThat(diff.counts()).hasToString("+1 -1");
        assertThat(diff.firstAdded()).containsExactly("n");
        assertThat(diff.firstRemoved()).containsExactly("z");
    }

    @Test
    void a_list_that_is_all_new_or_all_gone_is_one_side() throws Exception {
        assertThat(diff(List.of(), List.of("a")).counts()).hasToString("+1 -0");
        assertThat(diff(List.of("a"), List.of()).counts()).hasToString("+0 -1");
    }

    @Test
    void the_same_entries_in_another_format_are_the_same() throws Exception {
        String clash = "payload:\n  - DOMAIN-SUFFIX,ads.test\n  - DOMAIN,one.test\n  - IP-CIDR,192.0.2.0/24\n";
        String classical = "# of today\nDOMAIN,one.test\nIP-CIDR,192.0.2.0/24\nDOMAIN-SUFFIX,ads.test\n";
        assertThat(files(clash, classical).isEmpty()).isTrue();
        assertThat(files(clash, classical.replace("DOMAIN,one", "DOMAIN,two")).firstAdded())
                .containsExactly("two.test");
        String plain = "+.ads.test\none.test\n";
        assertThat(files(clash, plain).firstRemoved()).contains("192.0.2.0/24");
    }

    @Test
    void of_two_hundred_thousand_entries_the_first_hundred_are_kept() throws Exception {
        int end = 200_000;
        ListDiff diff = ListDiff.of(numbers(end, i -> i % 3 != 0), numbers(end, i -> i % 3 != 1), NOW)
                .orElseThrow();
        assertThat(diff.counts().added()).isEqualTo(66_667);
        assertThat(diff.counts().removed()).isEqualTo(66_667);
        assertThat(diff.firstAdded()).hasSize(ListDiff.MOST).startsWith("h0.test", "h3.test");
        assertThat(diff.firstRemoved()).hasSize(ListDiff.MOST).startsWith("h1.test", "h4.test");
        assertThat(diff.text().length()).isLessThan(10_000);
    }

    @Test
    void lists_that_are_too_long_are_not_compared() throws Exception {
        ListDiff.Version endless =
                entry -> Collections.nCopies(ListDiff.MOST_ENTRIES + 1, "a").forEach(entry);
        assertThat(ListDiff.of(endless, of(List.of("a")), NOW)).isEmpty();
        assertThat(ListDiff.of(of(List.of("a")), endless, NOW)).isEmpty();
    }

    @Test
    void it_agrees_with_sets_on_any_lists() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<String> before = some(random);
            List<String> after = some(random);
            ListDiff diff = diff(before, after);
            assertThat(diff.firstAdded())
                    .containsExactlyElementsOf(after.stream()
                            .filter(one -> !before.contains(one))
                            .distinct()
                            .toList());
            assertThat(diff.firstRemoved())
                    .containsExactlyElementsOf(before.stream()
                            .filter(one -> !after.contains(one))
                            .distinct()
                            .toList());
            assertThat(diff.counts().added()).isEqualTo(diff.firstAdded().size());
            assertThat(diff.counts().removed()).isEqualTo(diff.firstRemoved().size());
        }
    }

    private static List<String> some(Random random) {
        return random.ints(random.nextInt(40), 0, 30).mapToObj(i -> "e" + i).toList();
    }

    @Test
    void it_is_kept_as_a_text_and_read_again() throws Exception {
        ListDiff diff = diff(List.of("-a", "", "香港 (ss)"), List.of("+b", "c d"));
        assertThat(ListDiff.parse(diff.text())).isEqualTo(diff);
        assertThat(ListDiff.Counts.parse(diff.text().lines().findFirst().orElseThrow()))
                .isEqualTo(diff.counts());
        for (String bad : List.of("", "\n+a", "yesterday 1 2", "2030-11-24T10:00:00Z 1", "2030-11-24T10:00:00Z 1 x")) {
            assertThatIllegalArgumentException().as(bad).isThrownBy(() -> ListDiff.parse(bad));
        }
    }

    @Test
    void whatever_a_name_holds_it_is_one_short_line() throws Exception {
        ListDiff diff = diff(List.of(), List.of("a\nb\u0007", "x".repeat(1000)));
        assertThat(diff.firstAdded()).containsExactly("a b ", "x".repeat(200) + "…");
        assertThat(Optional.of(ListDiff.parse(diff.text()))).contains(diff);
    }
}

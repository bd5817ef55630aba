package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DiffTest {
    @Test
    void a_diff_reads_as_diff_prints_it() {
        assertThat(Diff.unified("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nX\ne\nf\n"))
                .isEqualTo("@@ -1,7 +1,7 @@\n a\n b\n c\n-d\n+X\n e\n f\n \n");
        assertThat(Diff.unified("a\n", "a\n")).isEmpty();
        assertThat(Diff.unified("", "a\n")).contains("+a\n");
    }

    @Test
    void hunks_lead_from_any_text_to_any_other() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            List<String> a = lines(random);
            List<String> b = lines(random);
            List<String> rebuilt = new ArrayList<>();
            int at = 0;
            for (Diff.Hunk hunk : Diff.hunks(a, b)) {
                assertThat(hunk.from()).isGreaterThanOrEqualTo(at);
                rebuilt.addAll(a.subList(at, hunk.from()));
                rebuilt.addAll(b.subList(hunk.start(), hunk.end()));
                at = hunk.to();
            }
            rebuilt.addAll(a.subList(at, a.size()));
            assertThat(rebuilt).as("seed " + seed).isEqualTo(b);
            String base = String.join("\n", a);
            String other = String.join("\n", b);
            assertThat(Diff.merge(base, base, other)).contains(other);
            assertThat(Diff.merge(base, other, base)).contains(other);
        }
    }

    @Test
    void a_large_difference_is_told_in_reasonable_space() {
        List<String> a = new ArrayList<>();
        List<String> b = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            a.add("a" + i);
            b.add("b" + i);
        }
        assertThat(Diff.hunks(a, b)).containsExactly(new Diff.Hunk(0, 20_000, 0, 20_000));
    }

    @Test
    void edits_of_different_lines_are_merged_and_those_of_the_same_are_not() {
        String base = "1\n2\n3\n4\n5\n";
        assertThat(Diff.merge(base, "1\nx\n3\n4\n5\n", "1\n2\n3\n4\ny\n")).contains("1\nx\n3\n4\ny\n");
        assertThat(Diff.merge(base, "0\n1\n2\n3\n4\n5\n", "1\n2\n4\n5\n")).contains("0\n1\n2\n4\n5\n");
        assertThat(Diff.merge(base, "1\n2\nnew\n3\n4\n5\n", "1\n2\n4\n5\n")).contains("1\n2\nnew\n4\n5\n");
        assertThat(Diff.merge(base, "1\n2\nx\n4\n5\n", "1\n2\ny\n4\n5\n")).isEmpty();
        assertThat(Diff.merge(base, "1\n2\nx\n3\n4\n5\n", "1\n2\ny\n3\n4\n5\n")).isEmpty();
        assertThat(Diff.merge(base, "1\n5\n", "1\n2\nx\n4\n5\n")).isEmpty();
    }

    private static List<String> lines(Random random) {
        String[] lines = new String[random.nextInt(12)];
        Arrays.setAll(lines, i -> "line " + random.nextInt(4));
        return List.of(lines);
    }
}

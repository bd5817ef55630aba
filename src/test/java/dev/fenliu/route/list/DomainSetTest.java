package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DomainSetTest {
    private static final List<EntryKind> KINDS =
            List.of(EntryKind.DOMAIN, EntryKind.DOMAIN_SUFFIX, EntryKind.DOMAIN_BELOW, EntryKind.DOMAIN_CHILD);

    @Test
    void an_exact_name_is_itself_alone() {
        DomainSet set = DomainSet.builder().exact("api.openai.com").build();
        assertThat(set.contains("api.openai.com")).isTrue();
        assertThat(set.contains("openai.com")).isFalse();
        assertThat(set.contains("x.api.openai.com")).isFalse();
        assertThat(set.contains("xapi.openai.com")).isFalse();
        assertThat(set.contains("api.openai.co")).isFalse();
    }

    @Test
    void a_suffix_ends_at_a_label() {
        DomainSet set = DomainSet.builder().suffix("openai.com").build();
        assertThat(set.contains("openai.com")).isTrue();
        assertThat(set.contains("chat.openai.com")).isTrue();
        assertThat(set.contains("a.b.c.openai.com")).isTrue();
        assertThat(set.contains("notopenai.com")).isFalse();
        assertThat(set.contains("openai.com.example")).isFalse();
        assertThat(set.contains("com")).isFalse();
    }

    @Test
    void below_leaves_the_name_out() {
        DomainSet set = DomainSet.builder().below("openai.com").build();
        assertThat(set.contains("openai.com")).isFalse();
        assertThat(set.contains("chat.openai.com")).isTrue();
        assertThat(set.contains("a.b.openai.com")).isTrue();
    }

    @Test
    void a_child_has_exactly_one_label_more() {
        DomainSet set = DomainSet.builder().child("openai.com").build();
        assertThat(set.contains("openai.com")).isFalse();
        assertThat(set.contains("chat.openai.com")).isTrue();
        assertThat(set.contains("a.b.openai.com")).isFalse();
    }

    @Test
    void a_bare_top_level_domain_is_a_suffix_like_any_other() {
        DomainSet set = DomainSet.builder().suffix("cn").exact("localhost").build();
        assertThat(set.contains("cn")).isTrue();
        assertThat(set.contains("a.b.cn")).isTrue();
        assertThat(set.contains("acn")).isFalse();
        assertThat(set.contains("localhost")).isTrue();
    }

    @Test
    void an_empty_set_contains_nothing() {
        DomainSet set = DomainSet.builder().build();
        assertThat(set.isEmpty()).isTrue();
        assertThat(set.contains("example.org")).isFalse();
        assertThat(set.contains("")).isFalse();
    }

    @Test
    void the_same_entry_counts_once_and_other_kinds_of_it_count_apart() {
        DomainSet set = DomainSet.builder()
                .exact("a.example")
                .exact("a.example")
                .suffix("a.example")
                .below("a.example")
                .build();
        assertThat(set.size()).isEqualTo(3);
    }

    @Test
    void labels_of_every_length_around_a_word_of_the_hash_are_told_apart() {
        for (int length = 1; length <= 63; length++) {
            String label = "a".repeat(length);
            DomainSet set = DomainSet.builder().suffix(label + ".example").build();
            for (int other = 1; other <= 63; other++) {
                assertThat(set.contains("a".repeat(other) + ".example")).isEqualTo(other == length);
            }
            assertThat(set.contains("x." + label + ".example")).isTrue();
            assertThat(set.contains("x" + label + ".example")).isFalse();
        }
    }

    @Test
    void a_name_beyond_ascii_is_in_no_set_and_cannot_be_added() {
        DomainSet set = DomainSet.builder().suffix("a.example").build();
        assertThat(set.contains("\u00e4.a.example")).isTrue(); // the suffix is reached first, and it is a member
        assertThat(set.contains("a.ex\u00e4mple")).isFalse();
        assertThatThrownBy(() -> DomainSet.builder().exact("\u00e4.example"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DomainSet.builder().suffix("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void answers_are_those_of_a_plain_set_for_random_names_also_when_packed_meanwhile() throws Exception {
        Random random = new Random(42);
        for (int round = 0; round < 300; round++) {
            Set<Entry> naive = new HashSet<>();
            DomainSet.Builder builder = DomainSet.builder();
            int size = random.nextInt(60);
            for (int i = 0; i < size; i++) {
                Entry entry = new Entry(KINDS.get(random.nextInt(KINDS.size())), name(random));
                naive.add(entry);
                add(builder, entry);
            }
            DomainSet built = builder.build();
            DomainSet set = round % 2 == 0 ? built : PackedNamesTest.repacked(built);
            assertThat(set.size()).isEqualTo(naive.size());
            for (int i = 0; i < 200; i++) {
                String host = name(random);
                boolean expected = naive.stream().anyMatch(entry -> RecordedList.matches(entry, host));
                assertThat(set.contains(host)).as("%s in %s", host, naive).isEqualTo(expected);
            }
        }
    }

    @Test
    void names_that_collide_under_a_known_key_do_not_under_the_key_of_a_set() throws Exception {
        // At the point 1 the polynomial is the sum of its words, so that the order of labels is lost.
        ByteBuffer known = ByteBuffer.allocate(DomainHash.KEY_BYTES)
                .putLong(1)
                .putLong(1)
                .putLong(0)
                .flip();
        DomainSet forged = DomainSet.builder(DomainHash.read(known))
                .suffix("good.evil.example")
                .build();
        assertThat(forged.contains("evil.good.example")).isTrue();
        for (int i = 0; i < 1000; i++) {
            DomainSet set = DomainSet.builder().suffix("good.evil.example").build();
            assertThat(set.contains("good.evil.example")).isTrue();
            assertThat(set.contains("evil.good.example")).isFalse();
        }
    }

    @Test
    void no_two_sets_have_the_same_fingerprints_of_a_name() {
        Set<List<Byte>> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            byte[] packed = PackedNamesTest.packed("good.example");
            byte[] print = Arrays.copyOfRange(packed, packed.length - 2 * Integer.BYTES, packed.length - Integer.BYTES);
            assertThat(seen.add(List.of(print[0], print[1], print[2], print[3])))
                    .isTrue();
        }
    }

    static void add(DomainSet.Builder builder, Entry entry) {
        switch (entry.kind()) {
            case DOMAIN -> builder.exact(entry.value());
            case DOMAIN_SUFFIX -> builder.suffix(entry.value());
            case DOMAIN_BELOW -> builder.below(entry.value());
            case DOMAIN_CHILD -> builder.child(entry.value());
            default -> throw new AssertionError(entry);
        }
    }

    /** Few letters and labels of one to nine characters, so that names often share their ends. */
    private static String name(Random random) {
        StringBuilder name = new StringBuilder();
        int labels = 1 + random.nextInt(4);
        for (int i = 0; i < labels; i++) {
            name.append(i == 0 ? "" : ".");
            int length = random.nextInt(3) == 0 ? 7 + random.nextInt(3) : 1;
            for (int j = 0; j < length; j++) {
                name.append((char) ('a' + random.nextInt(length > 1 ? 1 : 3)));
            }
        }
        return name.toString();
    }
}

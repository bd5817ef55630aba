package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MrsFileTest {
    @Test
    void names_are_put_together_from_what_is_stored_for_them() throws Exception {
        byte[] file = BinaryLists.mrsDomains(
                "a.example", "+.a.example", "b.example", "+.c.example", "*.d.example", "www.*.example", "cn", "+.cn");
        RecordedList list = RecordedList.of(file, null, "");
        assertThat(list.entries)
                .containsExactlyInAnyOrder(
                        "DOMAIN_SUFFIX a.example",
                        "DOMAIN b.example",
                        "DOMAIN_BELOW c.example",
                        "DOMAIN_CHILD d.example",
                        "DOMAIN_REGEX ^www\\.[^.]+\\.example$",
                        "DOMAIN_SUFFIX cn");
        assertThat(list.bad).isEmpty();
    }

    @Test
    void ranges_are_passed_on() throws Exception {
        byte[] file = BinaryLists.mrsRanges(
                Addresses.parse("10.0.0.0"),
                Addresses.parse("10.1.2.3"),
                Addresses.parse("2001:db8::"),
                Addresses.parse("2001:db8::ff"));
        assertThat(RecordedList.of(file, null, "").entries)
                .containsExactly("10.0.0.0-10.1.2.3", "2001:db8::-2001:db8::ff");
        assertThat(ListReader.detect(file)).isEqualTo(ListFormat.MRS);
    }

    @Test
    void what_contradicts_itself_is_an_error() throws Exception {
        assertThatThrownBy(() -> RecordedList.of(ListFormat.MRS, "text")).hasMessageContaining("Zstandard");
        assertThatThrownBy(() -> RecordedList.of(BinaryLists.zstd("other".getBytes(StandardCharsets.UTF_8)), null, ""))
                .hasMessageContaining("no .mrs file");
        assertThatThrownBy(() -> RecordedList.of(
                        BinaryLists.mrsRanges(Addresses.parse("10.0.0.1"), Addresses.parse("10.0.0.0")), null, ""))
                .hasMessageContaining("ends before");
        assertThatThrownBy(() -> RecordedList.of(
                        BinaryLists.mrsRanges(Addresses.parse("10.0.0.1"), Addresses.parse("::1")), null, ""))
                .isInstanceOf(ListFormatException.class);
        byte[] classical = BinaryLists.zstd(BinaryLists.bytes(BinaryLists.head(2, 1)));
        assertThatThrownBy(() -> RecordedList.of(classical, null, "")).hasMessageContaining("behaviour 2");
        byte[] greedy =
                BinaryLists.zstd(BinaryLists.bytes(BinaryLists.head(0, 1), out -> out.writeLong(Long.MAX_VALUE)));
        assertThatThrownBy(() -> RecordedList.of(greedy, null, "")).hasMessageContaining("announces more");
    }

    @Test
    void a_name_of_any_depth_is_refused_in_bounded_time() throws Exception {
        byte[] file = BinaryLists.mrsDomains("a".repeat(100_000));
        assertThatThrownBy(() -> RecordedList.of(file, null, "")).hasMessageContaining("index of names");
    }

    @Test
    void a_bomb_is_refused() throws Exception {
        byte[] bomb = BinaryLists.zstd(new byte[Unpacked.MAX_BYTES + 1]);
        assertThat(bomb).hasSizeLessThan(100_000);
        assertThatThrownBy(() -> RecordedList.of(bomb, null, "")).hasMessageContaining("more than 32 MiB");
    }

    @Test
    void damage_gives_entries_or_an_error() throws Exception {
        Damage.everywhere(BinaryLists.mrsDomains("a.example", "+.a.example", "b.example"), ListFormat.MRS);
        Damage.everywhere(
                BinaryLists.mrsRanges(Addresses.parse("10.0.0.0"), Addresses.parse("10.1.2.3")), ListFormat.MRS);
    }

    @Test
    void damage_below_the_compression_gives_entries_or_an_error() throws Exception {
        String[] names = {"a.example", "+.a.example", "b.example", "*.c.example", "d.test"};
        byte[] inner = BinaryLists.bytes(BinaryLists.head(0, names.length), BinaryLists.trie(names, true));
        for (int i = 0; i < inner.length; i++) {
            byte before = inner[i];
            for (int value = 0; value < 256; value += 5) {
                inner[i] = (byte) value;
                Damage.read(BinaryLists.zstd(inner), ListFormat.MRS);
            }
            inner[i] = before;
            Damage.read(BinaryLists.zstd(java.util.Arrays.copyOf(inner, i)), ListFormat.MRS);
        }
    }
}

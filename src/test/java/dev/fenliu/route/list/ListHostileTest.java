package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile lists of every format, in the tables {@code resources/hostile/lists*.txt}. */
@Timeout(120)
class ListHostileTest {
    /** How the cases name what a binary list is packed by. */
    private static final List<String> PACKED = List.of("mrs", "srs");

    static Stream<Table.Case> lists() {
        return Table.cases("lists.txt", "lists-binary.txt");
    }

    /** The first word says the format, or {@code any} for the one that is recognised; after a slash, which list of many. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sent(ListFormat format, String code, byte[] content) {
        static Sent of(Table.Case one) throws IOException {
            String[] words = one.sent().split(" ", 2);
            String[] named = words[0].split("/", 2);
            boolean packed = PACKED.contains(named[0]);
            ListFormat format = ListFormat.of(named[0].replace("raw-", ""));
            boolean binary = packed || named[0].startsWith("raw-") || named[0].startsWith("geo");
            byte[] content = binary ? Bytes.of(words[1]) : Table.unescape(words[1]);
            if (named[0].equals("mrs")) {
                content = BinaryLists.zstd(content);
            } else if (named[0].equals("srs")) {
                content = BinaryLists.srsOf(content[0], Arrays.copyOfRange(content, 1, content.length));
            }
            return new Sent(format, packed || named.length == 1 ? "" : named[1], content);
        }
    }

    @ParameterizedTest
    @MethodSource("lists")
    void a_list_gives_its_good_entries_and_says_what_is_wrong_with_the_others(Table.Case one) throws Exception {
        Sent sent = Sent.of(one);
        RecordedList list = new RecordedList();
        String refused = "";
        try {
            ListReader.read(sent.content, sent.format, sent.code, list);
        } catch (ListFormatException e) {
            refused = "! " + e.getMessage();
        }
        String[] wanted = one.expected().split(" \\| ", -1);
        if (wanted[0].startsWith("! ")) {
            assertThat(refused).startsWith("! ").contains(wanted[0].substring(2));
            return;
        }
        assertThat(refused).isEmpty();
        boolean many = wanted[0].startsWith("… ");
        if (many) {
            assertThat(list.entries).contains(wanted[0].substring(2).split(", ", -1));
        } else {
            assertThat(String.join(", ", list.entries)).isEqualTo(wanted[0]);
        }
        assertThat(list.bad).hasSize(wanted.length - 1);
        for (int i = 1; i < wanted.length; i++) {
            String[] bad = wanted[i].split(": ", 2);
            assertThat(list.bad.get(i - 1)).startsWith(bad[0] + ": ").contains(bad[1]);
        }
        assertThat(list.bad)
                .allMatch(text -> text.length() < 600 && text.chars().noneMatch(Character::isISOControl));
    }

    static Stream<Table.Case> golden() {
        return Table.cases("lists-golden.txt");
    }

    @ParameterizedTest
    @MethodSource("golden")
    void every_beginning_of_a_list_and_every_changed_byte_is_read_or_refused(Table.Case one) throws Exception {
        Sent sent = Sent.of(one);
        RecordedList whole = RecordedList.of(sent.content, sent.format, sent.code);
        assertThat(whole.bad).isEmpty();
        Damage.everywhere(sent.content, sent.format);
    }

    /** Three bombs, each of which would be a thousand times as large unpacked as it is. */
    @Test
    void what_unpacks_to_too_much_is_refused() throws Exception {
        byte[] zeros = new byte[40 << 20];
        for (byte[] bomb : List.of(BinaryLists.zstd(zeros), BinaryLists.srsOf(2, zeros))) {
            assertThat(bomb).hasSizeLessThan(1 << 20);
            RecordedList list = new RecordedList();
            try {
                ListReader.read(bomb, null, "", list);
                assertThat(list.entries).as("a bomb").isNull();
            } catch (ListFormatException e) {
                assertThat(e).hasMessageContaining("unpacks to more than 32 MiB");
            }
        }
    }
}

package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import java.io.IOException;
import java.util.Arrays;

/** Lists of any format; the binary ones as they are once they are unpacked. */
class ListReaderFuzzTest {
    private static final ListFormat[] FORMATS = ListFormat.values();

    @FuzzTest
    void a_list_gives_entries_in_their_one_form_or_is_refused_with_a_reason(byte[] input) throws IOException {
        Pieces list = Pieces.of(input);
        int choice = list.seed() % (FORMATS.length + 1);
        ListFormat format = choice == FORMATS.length ? null : FORMATS[choice];
        byte[] content = list.bytes();
        if (format == ListFormat.MRS) {
            content = BinaryLists.zstd(content);
        } else if (format == ListFormat.SRS) {
            content = srs(content);
        }
        boolean coded = (format == ListFormat.GEOSITE || format == ListFormat.GEOIP) && list.seed() > 127;
        RecordedList read = new RecordedList();
        try {
            ListReader.read(content, format, coded ? "x@ads" : "", read);
        } catch (ListFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
            assertRecognised(content);
            return;
        }
        assertThat(read.entries).isNotEmpty().hasSameSizeAs(read.lines);
        assertThat(read.lines).allMatch(line -> line >= 0);
        read.each(entry -> {
            Entry again = Entry.of(entry.kind(), entry.value());
            assertThat(again).isEqualTo(entry);
        });
        for (String host : new String[] {"x.a.example", "b.example", "192.0.2.1", "2001:db8::1"}) {
            read.matches(host);
        }
        assertRecognised(content);
    }

    private static void assertRecognised(byte[] content) {
        try {
            assertThat(ListReader.detect(content)).isNotNull();
        } catch (ListFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** The first byte is the version. */
    private static byte[] srs(byte[] content) throws IOException {
        int version = content.length == 0 ? 1 : content[0];
        byte[] rules = content.length == 0 ? content : Arrays.copyOfRange(content, 1, content.length);
        return BinaryLists.srsOf(version, rules);
    }
}

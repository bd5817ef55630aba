package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Compiled lists whose stamp and checksum fit, whatever is between them; and bytes that are no such file at all. */
class PackedNamesFuzzTest {
    @FuzzTest
    void a_compiled_list_answers_or_is_refused_with_a_reason(byte[] input) throws ListFormatException {
        assertRefused(input);
        PackedNames read;
        try {
            read = PackedNames.unpack(PackedNamesTest.file(input), PackedNamesTest.STAMP);
        } catch (ListFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        DomainSet names = read.names();
        assertThat(names.size()).isLessThanOrEqualTo(input.length / Integer.BYTES);
        assertThat(read.entries()).isGreaterThanOrEqualTo(names.size());
        byte[] again = read.pack(PackedNamesTest.STAMP);
        DomainSet back = PackedNames.unpack(again, PackedNamesTest.STAMP).names();
        for (String host :
                new String[] {"", "a", "x.a.example", "b.example", "a.b.c.d.e.f", "longer-than-a-word.test"}) {
            assertThat(back.contains(host)).isEqualTo(names.contains(host));
        }
    }

    private static void assertRefused(byte[] input) {
        try {
            PackedNames.unpack(input, PackedNamesTest.STAMP);
        } catch (ListFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}

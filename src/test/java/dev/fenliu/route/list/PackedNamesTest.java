package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class PackedNamesTest {
    static final byte[] STAMP = new byte[PackedNames.STAMP_BYTES];
    private static final int VERSION_AT = 7;
    private static final int STAMP_AT = 8;
    private static final int ENTRIES_AT = STAMP_AT + PackedNames.STAMP_BYTES;
    private static final int KEY_AT = ENTRIES_AT + Integer.BYTES;
    private static final int SIZE_AT = KEY_AT + DomainHash.KEY_BYTES + 1;
    private static final int STARTS_AT = SIZE_AT + Integer.BYTES;

    static byte[] packed(String... names) {
        DomainSet.Builder builder = DomainSet.builder();
        for (String name : names) {
            builder.suffix(name);
        }
        return new PackedNames(builder.build(), names.length).pack(STAMP);
    }

    static DomainSet repacked(DomainSet set) throws ListFormatException {
        return PackedNames.unpack(new PackedNames(set, set.size()).pack(STAMP), STAMP)
                .names();
    }

    /** A file that is whole, with that between its stamp and its checksum. */
    static byte[] file(byte[] body) {
        byte[] head = Arrays.copyOf(packed("a.example"), ENTRIES_AT);
        byte[] file = Arrays.copyOf(head, ENTRIES_AT + body.length + Integer.BYTES);
        System.arraycopy(body, 0, file, ENTRIES_AT, body.length);
        return sealed(file);
    }

    private static byte[] sealed(byte[] file) {
        CRC32C crc = new CRC32C();
        crc.update(file, 0, file.length - Integer.BYTES);
        ByteBuffer.wrap(file).putInt(file.length - Integer.BYTES, (int) crc.getValue());
        return file;
    }

    /** The four names "a.example" to "d.example" with an int changed and a checksum that fits. */
    private static byte[] changed(int at, int value) {
        byte[] file = packed("a.example", "b.example", "c.example", "d.example");
        ByteBuffer.wrap(file).putInt(at, value);
        return sealed(file);
    }

    private static void assertRefused(byte[] file, String why) {
        assertThatThrownBy(() -> PackedNames.unpack(file, STAMP))
                .isInstanceOf(ListFormatException.class)
                .hasMessageContaining(why);
    }

    @Test
    void a_set_of_every_kind_comes_back_as_it_was() throws Exception {
        DomainSet set = DomainSet.builder()
                .exact("exact.example")
                .suffix("suffix.example")
                .below("below.example")
                .child("child.example")
                .build();
        PackedNames back = PackedNames.unpack(new PackedNames(set, 7).pack(STAMP), STAMP);
        assertThat(back.entries()).isEqualTo(7);
        assertThat(back.names().size()).isEqualTo(4);
        assertThat(back.names().bytes()).isEqualTo(set.bytes());
        assertThat(back.names().contains("exact.example")).isTrue();
        assertThat(back.names().contains("x.exact.example")).isFalse();
        assertThat(back.names().contains("x.suffix.example")).isTrue();
        assertThat(back.names().contains("below.example")).isFalse();
        assertThat(back.names().contains("x.below.example")).isTrue();
        assertThat(back.names().contains("x.child.example")).isTrue();
        assertThat(back.names().contains("x.y.child.example")).isFalse();
    }

    @Test
    void a_large_set_comes_back_whole() throws Exception {
        byte[] content = LargeListTest.real();
        DomainSet set = repacked(LargeListTest.load(content));
        for (String name : LargeListTest.lines(content)) {
            assertThat(set.contains("sub." + name)).as(name).isTrue();
            assertThat(set.contains(name + "x")).as(name).isFalse();
        }
    }

    @Test
    void a_file_that_is_cut_anywhere_is_refused() {
        byte[] whole = packed("a.example", "b.example", "c.example");
        for (int length = 0; length < whole.length; length++) {
            assertRefused(Arrays.copyOf(whole, length), "");
        }
        assertRefused(Arrays.copyOf(whole, whole.length + 1), "damaged");
    }

    @Test
    void a_file_with_any_bit_changed_is_refused() {
        byte[] file = packed("a.example", "b.example", "c.example");
        for (int bit = 0; bit < file.length * 8; bit++) {
            file[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefused(file, "");
            file[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void a_file_of_another_text_version_or_program_is_refused() {
        byte[] file = packed("a.example");
        byte[] other = STAMP.clone();
        other[STAMP.length - 1] = 1;
        assertThatThrownBy(() -> PackedNames.unpack(file, other)).hasMessageContaining("another text");
        for (int version = 0; version < 256; version++) {
            if (version != file[VERSION_AT]) {
                byte[] foreign = file.clone();
                foreign[VERSION_AT] = (byte) version;
                assertRefused(sealed(foreign), "another version");
            }
        }
        assertRefused(sealed(new byte[200]), "another version");
    }

    @Test
    void a_file_that_is_whole_but_says_nonsense_is_refused() {
        for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30, 0, 3, 5, 6}) {
            assertRefused(changed(SIZE_AT, size), "does not hold what it announces");
        }
        for (int start : new int[] {-1, 5, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertRefused(changed(STARTS_AT, start), "not in order");
            assertRefused(changed(STARTS_AT + 4, start), "not in order");
            assertRefused(changed(STARTS_AT + 8, start), "not in order");
        }
        assertRefused(changed(STARTS_AT + 8, 3), "not in order");
        assertRefused(changed(ENTRIES_AT, 3), "more names than entries");
        assertRefused(changed(ENTRIES_AT, -1), "more names than entries");
        for (int part = 0; part < 3; part++) {
            assertRefused(changed(KEY_AT + part * 8, -1), "no key");
            assertRefused(changed(KEY_AT + part * 8, 0x20000000), "no key");
        }
        assertRefused(file(new byte[0]), "cut short");
        assertRefused(file(new byte[DomainHash.KEY_BYTES + 8]), "cut short");
        assertRefused(file(new byte[200]), "no key");
    }
}

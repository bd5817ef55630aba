package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

/** What damaged files may do: give entries or be refused, nothing else. */
final class Damage {
    private Damage() {}

    /** Reads the content, recognised and forced. */
    static void read(byte[] content, ListFormat format) {
        for (ListFormat forced : new ListFormat[] {null, format}) {
            RecordedList list = new RecordedList();
            try {
                ListReader.read(content, forced, "", list);
                assertThat(list.entries).isNotEmpty();
            } catch (ListFormatException e) {
                assertThat(e).message().isNotBlank();
            }
        }
    }

    /** Cuts the file at every byte, and changes every byte in several ways. */
    static void everywhere(byte[] whole, ListFormat format) {
        Random random = new Random(1);
        for (int i = 0; i < whole.length; i++) {
            read(Arrays.copyOf(whole, i), format);
            byte before = whole[i];
            for (byte value :
                    new byte[] {0, -1, (byte) (before ^ 1), (byte) (before ^ 0x80), (byte) random.nextInt()}) {
                whole[i] = value;
                read(whole, format);
            }
            whole[i] = before;
        }
    }
}

package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nayuki.qrcodegen.QrCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class QrTextTest {
    private static final String LINK = "trojan://s3cret@vps.example.com:443?sni=vps.example.com#vps";

    /** Whether the module is dark, as it is seen where blocks have that colour. */
    private static boolean isDark(List<String> lines, int x, int y, boolean blocksAreDark) {
        char c = lines.get((y + 4) / 2).charAt(x + 4);
        boolean block = c == '█' || c == ((y + 4) % 2 == 0 ? '▀' : '▄');
        return block == blocksAreDark;
    }

    @Test
    void the_characters_show_the_modules_of_the_code_and_a_margin() {
        QrCode code = QrCode.encodeText(LINK, QrCode.Ecc.LOW);
        List<String> plain = QrText.lines(LINK, false);
        List<String> coloured = QrText.lines(LINK, true).stream()
                .map(line -> line.replaceAll("\u001b\\[[0-9;]*m", ""))
                .toList();
        assertThat(plain).hasSize((code.size + 9) / 2).allMatch(line -> line.length() == code.size + 8);
        for (int y = -4; y < code.size + 4; y++) {
            for (int x = -4; x < code.size + 4; x++) {
                assertThat(isDark(plain, x, y, false)).as("%d,%d", x, y).isEqualTo(code.getModule(x, y));
                assertThat(isDark(coloured, x, y, true)).as("%d,%d", x, y).isEqualTo(code.getModule(x, y));
            }
        }
    }

    /** Dark, light, dark in the proportions 1:1:3:1:1, by which cameras find a code. */
    @Test
    void the_three_corners_are_marked() {
        List<String> lines = QrText.lines(LINK, false);
        int size = lines.get(0).length() - 8;
        for (int[] corner : new int[][] {{0, 3}, {size - 7, 3}, {0, size - 4}}) {
            StringBuilder row = new StringBuilder();
            for (int x = 0; x < 7; x++) {
                row.append(isDark(lines, corner[0] + x, corner[1], false) ? '#' : '.');
            }
            assertThat(row).hasToString("#.###.#");
        }
    }

    @Test
    void colours_begin_and_end_on_each_line() {
        assertThat(QrText.lines(LINK, true))
                .allMatch(line -> line.startsWith("\u001b[30;107m") && line.endsWith("\u001b[0m"));
        assertThat(QrText.lines(LINK, false)).noneMatch(line -> line.contains("\u001b"));
    }

    @Test
    void what_is_too_long_is_refused_in_words() {
        assertThatThrownBy(() -> QrText.lines("x".repeat(3_000), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it is too long for a QR code");
    }
}

package dev.fenliu.app.pair;

import static org.assertj.core.api.Assertions.assertThat;

import io.nayuki.qrcodegen.QrCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class QrTextTest {
    @Test
    void each_module_is_where_it_should_be() {
        QrCode code = QrCode.encodeText("fenliu://home@203.0.113.7:443/AbC", QrCode.Ecc.LOW);
        List<String> lines =
                QrText.of("fenliu://home@203.0.113.7:443/AbC").lines().toList();
        assertThat(lines).hasSize((code.size + 5) / 2);
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                char shown = lines.get((y + 2) / 2).charAt(x + 2);
                boolean light = shown == '█' || shown == ((y + 2) % 2 == 0 ? '▀' : '▄');
                assertThat(light).as("%d,%d", x, y).isNotEqualTo(code.getModule(x, y));
            }
        }
        assertThat(lines.get(0)).isEqualTo("█".repeat(code.size + 4));
    }
}

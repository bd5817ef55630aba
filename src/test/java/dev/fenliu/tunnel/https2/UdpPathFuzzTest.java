package dev.fenliu.tunnel.https2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.model.Destination;
import java.nio.charset.StandardCharsets;

class UdpPathFuzzTest {
    @FuzzTest
    void a_path_is_a_destination_or_none(byte[] input) {
        String path = "/.well-known/masque/udp/" + new String(input, StandardCharsets.ISO_8859_1);
        try {
            Destination destination = UdpPath.parse(path);
            assertThat(UdpPath.parse(UdpPath.of(destination))).isEqualTo(destination);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }
}

package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class GeoReaderFuzzTest {
    @FuzzTest
    void a_database_answers_or_is_refused_with_a_reason(byte[] input) throws IOException {
        Path file = Files.createTempFile("fuzz", ".mmdb");
        try {
            Files.write(file, input);
            GeoReader reader;
            try {
                reader = GeoReader.open(file);
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotBlank();
                return;
            }
            assertThat(reader.kinds()).isNotEmpty();
            for (String address : new String[] {"192.0.2.1", "198.51.100.7", "2001:db8::1", "::"}) {
                boolean cn = reader.isIn(RuleFixtures.address(address), "CN");
                assertThat(reader.isIn(RuleFixtures.address(address), "CN")).isEqualTo(cn);
                assertThat(reader.asn(RuleFixtures.address(address)))
                        .isEqualTo(reader.asn(RuleFixtures.address(address)));
            }
        } finally {
            Files.delete(file);
        }
    }
}

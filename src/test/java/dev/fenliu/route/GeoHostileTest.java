package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile databases, in the table {@code resources/hostile/mmdb.txt}. */
@Timeout(120)
class GeoHostileTest {
    private static final List<String> ADDRESSES =
            List.of("0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1");

    @TempDir
    private Path folder;

    static Stream<Table.Case> databases() {
        return Table.cases("mmdb.txt");
    }

    /** Why it is refused, or in which of some countries which of some addresses are. */
    private String read(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("x.mmdb"), content);
        GeoReader reader;
        try {
            reader = GeoReader.open(file);
        } catch (IOException e) {
            assertThat(e.getMessage()).isNotBlank();
            return "! " + e.getMessage();
        }
        StringBuilder found = new StringBuilder("ok");
        for (String address : ADDRESSES) {
            found.append(reader.isIn(RuleFixtures.address(address), "CN") ? " " + address : "");
            reader.asn(RuleFixtures.address(address));
        }
        return found.toString();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_database_answers_or_is_refused_with_a_reason(Table.Case one) throws Exception {
        String said = read(Bytes.of(one.sent()));
        if (one.expected().startsWith("! ")) {
            assertThat(said).startsWith("! ").contains(one.expected().substring(2));
        } else {
            assertThat(said).isEqualTo(one.expected());
        }
    }

    @Test
    void every_beginning_of_a_database_and_every_changed_byte_is_read_or_refused() throws Exception {
        GeoFile small = new GeoFile(4, "small");
        small.add("0.0.0.0/2", Map.of("country", Map.of("iso_code", "CN")));
        small.add("128.0.0.0/1", Map.of("autonomous_system_number", 7L, "names", List.of("a", "b")));
        byte[] whole = Files.readAllBytes(small.in(folder));
        assertThat(read(whole)).isEqualTo("ok 0.0.0.0");
        for (byte[] beginning : Mutations.truncations(whole)) {
            read(beginning);
        }
        for (byte[] changed : Mutations.flips(whole)) {
            read(changed);
        }
    }
}

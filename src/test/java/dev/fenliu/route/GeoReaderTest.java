package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoReaderTest {
    @TempDir
    private Path folder;

    private Path sample() throws IOException {
        Path path = folder.resolve("sample.mmdb");
        if (!Files.exists(path)) {
            try (InputStream in = GeoReaderTest.class.getResourceAsStream("/GeoIP2-Country-Test.mmdb")) {
                Files.copy(Objects.requireNonNull(in), path);
            }
        }
        return path;
    }

    @Test
    void a_file_of_maxmind_is_read() throws IOException {
        GeoReader reader = GeoReader.open(sample());
        assertThat(reader.kinds()).containsExactly(GeoKind.COUNTRY);
        assertThat(reader.isIn(address("2.125.160.216"), "GB")).isTrue();
        assertThat(reader.isIn(address("2.125.160.216"), "US")).isFalse();
        assertThat(reader.isIn(address("2001:218::1"), "JP")).isTrue();
        assertThat(reader.isIn(address("127.0.0.1"), "GB")).isFalse();
        assertThat(reader.asn(address("2.125.160.216"))).isZero();
    }

    @Test
    void the_shapes_of_countries_are_read() throws IOException {
        GeoReader reader = GeoReader.open(new GeoFile(6, "shapes")
                .add("192.0.2.0/25", Map.of("country", Map.of("iso_code", "CN", "geoname_id", 7L)))
                .add("192.0.2.128/25", Map.of("country_code", "us"))
                .add("198.51.100.0/24", "DE")
                .add("203.0.113.0/24", List.of("FR", "PRIVATE"))
                .add("2001:db8::/32", "JP")
                .in(folder));
        assertThat(reader.kinds()).containsExactly(GeoKind.COUNTRY);
        assertThat(reader.isIn(address("192.0.2.1"), "CN")).isTrue();
        assertThat(reader.isIn(address("192.0.2.129"), "US")).isTrue();
        assertThat(reader.isIn(address("198.51.100.1"), "DE")).isTrue();
        assertThat(reader.isIn(address("203.0.113.1"), "FR")).isTrue();
        assertThat(reader.isIn(address("203.0.113.1"), "DE")).isFalse();
        assertThat(reader.isIn(address("2001:db8::1"), "JP")).isTrue();
    }

    @Test
    void an_ipv6_address_is_unknown_to_a_file_of_ipv4() throws IOException {
        GeoReader reader =
                GeoReader.open(new GeoFile(4, "four").add("192.0.2.0/24", "CN").in(folder));
        assertThat(reader.isIn(address("192.0.2.1"), "CN")).isTrue();
        assertThat(reader.isIn(address("2001:db8::1"), "CN")).isFalse();
    }

    @Test
    void systems_are_read_and_two_files_go_together() throws IOException {
        GeoReader systems = GeoReader.open(new GeoFile(4, "asn")
                .add("192.0.2.0/24", Map.of("autonomous_system_number", 4200000000L))
                .in(folder));
        assertThat(systems.kinds()).containsExactly(GeoKind.ASN);
        assertThat(systems.isIn(address("192.0.2.1"), "GB")).isFalse();
        GeoReader both = systems.and(GeoReader.open(sample()));
        assertThat(both.kinds()).containsExactlyInAnyOrder(GeoKind.values());
        assertThat(both.asn(address("192.0.2.1"))).isEqualTo(4200000000L);
        assertThat(both.asn(address("198.51.100.1"))).isZero();
        assertThat(both.isIn(address("2.125.160.216"), "GB")).isTrue();
    }

    @Test
    void a_file_that_tells_neither_is_refused() throws IOException {
        Path path = new GeoFile(4, "city")
                .add("192.0.2.0/24", Map.of("city", "Nowhere"))
                .in(folder);
        assertThatThrownBy(() -> GeoReader.open(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("city");
    }

    @Test
    void what_is_no_database_is_refused() throws IOException {
        Path text = Files.writeString(folder.resolve("a.mmdb"), "not a database");
        assertThatThrownBy(() -> GeoReader.open(text)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> GeoReader.open(folder.resolve("none.mmdb"))).isInstanceOf(IOException.class);
    }

    @Test
    void damaged_files_throw_nothing_else() throws IOException {
        byte[] good = Files.readAllBytes(sample());
        Random random = new Random(7);
        Path path = folder.resolve("bad.mmdb");
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            for (int n = 0; n < 20; n++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Files.write(path, bad);
            try {
                GeoReader reader = GeoReader.open(path);
                for (int n = 0; n < 20; n++) {
                    byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
                    random.nextBytes(bytes);
                    reader.isIn(Addresses.of(bytes), "GB");
                }
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
        }
    }

    @Test
    void rules_ask_countries_and_systems() throws IOException {
        GeoReader geo = GeoReader.open(sample());
        CompiledRouter router = new CompiledRouter(
                RuleFixtures.rules("{country: gb, to: ai}", "GEOIP,JP,vps", "{asn: 1, to: ai}", "{to: direct}"),
                Map.of(),
                geo,
                RuleFixtures::isOpen,
                java.time.Instant.EPOCH);
        assertThat(RuleFixtures.target(router, "2.125.160.216:443")).isEqualTo("ai");
        assertThat(RuleFixtures.target(router, "[2001:218::1]:443")).isEqualTo("vps");
        assertThat(RuleFixtures.target(router, "192.0.2.1:443")).isEqualTo("direct");
        assertThat(RuleFixtures.target(router, "a.example:443")).isEqualTo("needs ADDRESSES@1");
    }
}

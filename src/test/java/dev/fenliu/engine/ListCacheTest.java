package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListCacheTest {
    private static final URI LIST = URI.create("https://lists.test/../../etc/passwd?a=b");

    @TempDir
    private Path folder;

    private ListCache cache() {
        return new ListCache(folder);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void what_was_written_is_read_by_the_next_start() throws IOException {
        assertThat(cache().read(LIST)).isEmpty();
        assertThat(cache().fetched(LIST)).isEmpty();
        cache().write(LIST, bytes("a.test"), Optional.of("\"v1\""));
        ListCache.Copy copy = cache().read(LIST).orElseThrow();
        assertThat(copy.content()).isEqualTo(bytes("a.test"));
        assertThat(copy.etag()).contains("\"v1\"");
        assertThat(cache().fetched(LIST)).contains(copy.fetched());
    }

    @Test
    void no_word_of_the_address_names_a_file() throws IOException {
        cache().write(LIST, bytes("a.test"), Optional.of("x"));
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allMatch(file -> file.getFileName().toString().matches("[0-9a-f]{64}\\.list(\\.etag)?"))
                    .hasSize(2);
        }
        assertThat(cache().file(LIST)).isNotEqualTo(cache().file(URI.create("https://lists.test/")));
    }

    @Test
    void a_new_copy_takes_its_place_whole_and_leaves_no_old_tag() throws IOException {
        cache().write(LIST, bytes("a.test"), Optional.of("v1"));
        cache().write(LIST, bytes("b.test"), Optional.empty());
        ListCache.Copy copy = cache().read(LIST).orElseThrow();
        assertThat(copy.content()).isEqualTo(bytes("b.test"));
        assertThat(copy.etag()).isEmpty();
        try (Stream<Path> files = Files.list(cache().file(LIST).getParent())) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void a_reader_meanwhile_sees_the_old_or_the_new_and_nothing_between() throws Exception {
        byte[] one = bytes("1".repeat(100_000));
        byte[] two = bytes("2".repeat(50_000));
        cache().write(LIST, one, Optional.empty());
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 50; i++) {
                try {
                    cache().write(LIST, i % 2 == 0 ? two : one, Optional.of("t" + i));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        writer.start();
        while (writer.isAlive()) {
            byte[] seen = cache().read(LIST).orElseThrow().content();
            assertThat(seen.length).isIn(one.length, two.length);
            assertThat(seen[0]).isEqualTo(seen[seen.length - 1]);
        }
        writer.join();
    }

    @Test
    void a_confirmed_copy_is_as_good_as_new() throws IOException {
        cache().write(LIST, bytes("a.test"), Optional.of("v1"));
        Instant later = Instant.parse("2030-01-01T00:00:00Z");
        cache().confirm(LIST, later);
        assertThat(cache().fetched(LIST)).contains(later);
    }

    @Test
    void files_that_are_none_are_no_copy() throws IOException {
        Files.createDirectories(cache().file(LIST));
        assertThat(cache().read(LIST)).isEmpty();
    }

    @Test
    void an_empty_tag_is_none() throws IOException {
        cache().write(LIST, bytes("a.test"), Optional.of("v1"));
        Path tag = cache().file(LIST).resolveSibling(cache().file(LIST).getFileName() + ".etag");
        Files.write(tag, new byte[0]);
        assertThat(cache().read(LIST).orElseThrow().etag()).isEmpty();
        Files.write(tag, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(cache().read(LIST))
                .as("the content is good whatever the tag is")
                .isPresent();
    }
}

package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Geo;
import dev.fenliu.route.ListEntry;
import dev.fenliu.route.ListSource;
import dev.fenliu.route.RuleSet;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a start or reload makes of the compiled lists of one before. That a file is used shows when another list takes its
 * place, packed as if it had been made of the same text.
 */
@Timeout(60)
class CompiledListsTest {
    private static final int LARGE = 20_000;

    private final EventLoopGroup loops = Sockets.loops(1);

    @TempDir
    private Path folder;

    private Path text;
    private Path state;

    @BeforeEach
    void write() throws IOException {
        text = folder.resolve("list.txt");
        state = folder.resolve("state");
        Files.writeString(text, names("n", LARGE));
    }

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /** Names {@code n0.test} and so on, and all below them. */
    private static String names(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "+." + prefix + i + ".test\n")
                .collect(Collectors.joining());
    }

    private String config(String set) {
        return """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                rule-sets: {big: {%s}}
                rules: [{rule-set: big, to: block}, {to: direct}]
                """.formatted(set);
    }

    private String config() {
        return config("file: \"" + text + "\"");
    }

    private Assembly assemble(String config) {
        Assembly assembly = Built.assembly(config, Kept.fresh(loops, System::nanoTime, state));
        assembly.close();
        return assembly;
    }

    private Assembly assembleAndSave(String config) {
        Assembly assembly = assemble(config);
        assembly.compiled().save();
        return assembly;
    }

    private static boolean blocks(Assembly assembly, String host) {
        return assembly.router().match(Questions.about(host)) instanceof Decision.Block;
    }

    private List<Path> kept() throws IOException {
        if (!Files.isDirectory(state.resolve("lists"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(state.resolve("lists"))) {
            return files.toList();
        }
    }

    /** Puts names in the place of the kept ones, which only whoever reads the file takes for those of the list. */
    private void forge(String prefix) throws Exception {
        Path file = kept().get(0);
        RuleSetPlan plan = Built.config(config()).ruleSets().get("big");
        byte[] stamp = CompiledLists.stamp(plan, Files.readAllBytes(text));
        byte[] other = names(prefix, LARGE).getBytes(StandardCharsets.UTF_8);
        RuleSet set = RuleSet.load("big", ListSource.of("x", null, "", () -> other), Geo.NONE);
        Files.write(file, set.names().orElseThrow().pack(stamp));
    }

    @Test
    void the_next_start_takes_a_large_list_from_where_it_was_kept() throws Exception {
        Assembly first = assembleAndSave(config());
        assertThat(blocks(first, "www.n7.test")).isTrue();
        assertThat(kept()).hasSize(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept().get(0))))
                .as("its key is a secret")
                .isEqualTo("rw-------");
        byte[] before = Files.readAllBytes(kept().get(0));
        Assembly second = assembleAndSave(config());
        assertThat(second.router().sets().get("big").entries()).isEqualTo(LARGE);
        assertThat(blocks(second, "www.n7.test")).isTrue();
        assertThat(Files.readAllBytes(kept().get(0)))
                .as("nothing new was compiled: a new set has a new key")
                .isEqualTo(before);
        forge("forged");
        Assembly third = assemble(config());
        assertThat(blocks(third, "www.forged7.test")).isTrue();
        assertThat(blocks(third, "www.n7.test")).isFalse();
    }

    @Test
    void the_proxy_keeps_its_lists_when_they_are_in_force_and_an_inquiry_writes_nothing() throws Exception {
        Problems problems = new Problems();
        Kept kept = Kept.fresh(loops, System::nanoTime, state);
        try (Inquiry inquiry = Inquiry.of(Built.config(config()), kept, problems)) {
            assertThat(inquiry).isNotNull();
            assertThat(Files.exists(state)).isFalse();
        }
        Proxy proxy = new Proxy(kept, new RecordedEvents(), () -> {});
        proxy.apply(Built.config(config()), problems).await();
        Awaitility.await()
                .until(() -> kept().size() == 1 && kept().get(0).toString().endsWith(".names"));
        proxy.stop();
        forge("forged");
        Proxy next = new Proxy(kept, new RecordedEvents(), () -> {});
        next.apply(Built.config(config()), problems).await();
        Inquiry.Answer answer = next.inquiry().ask(Questions.about("www.forged7.test"));
        assertThat(answer.path()).containsExactly("block");
        assertThat(answer.entry())
                .as("the text has the last word, and it does not name the host")
                .hasValueSatisfying(entry -> {
                    assertThat(entry.line()).isZero();
                    assertThat(entry.text()).startsWith("no line names this host");
                });
        next.stop();
    }

    @Test
    void an_entry_of_a_kept_list_is_explained_from_the_text() throws Exception {
        assembleAndSave(config());
        Kept kept = Kept.fresh(loops, System::nanoTime, state);
        try (Inquiry inquiry = Inquiry.of(Built.config(config()), kept, new Problems())) {
            assertThat(inquiry.ask(Questions.about("www.n7.test")).entry())
                    .hasValue(new ListEntry(text.toString(), 8, "+.n7.test"));
        }
    }

    @Test
    void a_text_that_changed_is_read_again_even_if_its_size_and_time_did_not() throws Exception {
        FileTime time = FileTime.from(Instant.parse("2030-01-01T00:00:00Z"));
        Files.setLastModifiedTime(text, time);
        assembleAndSave(config());
        Files.writeString(text, names("m", LARGE));
        Files.setLastModifiedTime(text, time);
        Assembly changed = assembleAndSave(config());
        assertThat(blocks(changed, "www.m7.test")).isTrue();
        assertThat(blocks(changed, "www.n7.test")).isFalse();
        assertThat(kept()).as("the new one has taken the place of the old").hasSize(1);
        Files.writeString(text, names("m", 7));
        assertThat(blocks(assembleAndSave(config()), "www.m7.test")).isFalse();
    }

    @Test
    void a_kept_file_that_is_damaged_or_none_is_made_again() throws Exception {
        assembleAndSave(config());
        Path file = kept().get(0);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            byte[] bad = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            if (i % 2 == 1) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
            }
            Files.write(file, bad);
            assertThat(blocks(assembleAndSave(config()), "www.n7.test")).isTrue();
            assertThat(Files.size(file)).isEqualTo(whole.length);
        }
        Files.delete(file);
        Files.createDirectories(file);
        assertThat(blocks(assembleAndSave(config()), "www.n7.test")).isTrue();
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/dev/zero"));
        assertThat(blocks(assembleAndSave(config()), "www.n7.test")).isTrue();
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    @Test
    void a_list_read_in_another_way_does_not_take_what_was_kept_for_the_first() throws Exception {
        Files.writeString(text, names("n", LARGE).replace("+.", ""));
        assembleAndSave(config());
        String suffixes = config("file: \"" + text + "\", format: v2fly");
        Files.copy(kept().get(0), new CompiledLists(state).file(plan(suffixes), text));
        Assembly other = assembleAndSave(suffixes);
        assertThat(blocks(other, "www.n7.test")).isTrue();
        assertThat(blocks(assemble(config()), "www.n7.test")).as("exact names").isFalse();
        assertThat(kept()).hasSize(2);
    }

    private static RuleSetPlan plan(String config) {
        return Built.config(config).ruleSets().get("big");
    }

    @Test
    void a_small_list_or_one_with_more_than_names_or_with_a_bad_line_is_compiled_each_time() throws Exception {
        String large = names("n", LARGE);
        for (String list : List.of(
                names("n", LARGE - 1),
                large + "10.0.0.0/8\n",
                large + "DOMAIN-KEYWORD,chat\n",
                large + "DST-PORT,22\n",
                large + "no name at all\n")) {
            Files.writeString(text, list);
            assembleAndSave(config());
            assertThat(kept()).isEmpty();
        }
    }

    @Test
    void the_copy_of_a_remote_list_is_kept_compiled_too() throws Exception {
        URI uri = URI.create("https://lists.test/ads");
        new ListCache(state).write(uri, Files.readAllBytes(text), Optional.of("v1"));
        String remote = config("url: \"" + uri + "\"");
        assembleAndSave(remote);
        assertThat(kept()).hasSize(3);
        new ListCache(state).write(uri, names("m", LARGE).getBytes(StandardCharsets.UTF_8), Optional.empty());
        assertThat(blocks(assembleAndSave(remote), "www.m7.test")).isTrue();
        assertThat(kept()).hasSize(2);
    }

    @Test
    void a_folder_that_cannot_be_written_costs_nothing_but_time() throws Exception {
        Files.writeString(state, "a file in the way");
        Assembly assembly = assembleAndSave(config());
        assertThat(blocks(assembly, "www.n7.test")).isTrue();
        Files.delete(state);
        Files.createDirectories(state.resolve("lists"));
        Path file = new CompiledLists(state).file(plan(config()), text);
        Files.createDirectories(file.resolve("in-the-way"));
        assembleAndSave(config());
        assertThat(kept()).as("no part is left").containsExactly(file);
        assertThat(blocks(assembleAndSave(config()), "www.n7.test")).isTrue();
    }

    @Test
    void a_router_with_kept_lists_decides_as_one_without() throws Exception {
        Random random = new Random(7);
        String[] prefixes = {"", "+.", ".", "*."};
        String list = IntStream.range(0, LARGE)
                .mapToObj(i -> prefixes[random.nextInt(4)] + name(random) + "\n")
                .collect(Collectors.joining());
        Files.writeString(text, list);
        Assembly fresh = assembleAndSave(config());
        Assembly kept = assemble(config());
        int blocked = 0;
        for (int i = 0; i < 200_000; i++) {
            String host = name(random);
            boolean blocks = blocks(fresh, host);
            blocked += blocks ? 1 : 0;
            assertThat(blocks(kept, host)).as(host).isEqualTo(blocks);
        }
        assertThat(blocked).isBetween(20_000, 180_000);
    }

    /** One to three labels of two characters each below one of ten tops, so that lists hold the ends of many names. */
    private static String name(Random random) {
        String letters = "abcdefghijklmnopqrstuvwxyz0123456789";
        StringBuilder name = new StringBuilder();
        for (int labels = 1 + random.nextInt(3); labels > 0; labels--) {
            name.append(letters.charAt(random.nextInt(36)))
                    .append(letters.charAt(random.nextInt(36)))
                    .append('.');
        }
        return name.append('t').append(random.nextInt(10)).toString();
    }
}

package dev.fenliu.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What the dashboard's files promise, read as they are: they are served without a build step. */
class DashboardFilesTest {
    private static final Path WEB = Path.of("src/main/resources/web");
    private static final Path ASSETS = WEB.resolve("assets");

    /** Of which the English are the program's own words. */
    private static final List<String> OWN = List.of("warning.", "failure.", "end.", "status.");

    private static final int FIRST_LOAD = 60 * 1024;
    private static final Pattern IMPORT = Pattern.compile("(?:from|import) '(\\.[^']+)'");
    private static final Pattern ASSET = Pattern.compile("(?:href|src)=\"/assets/([^\"]+)\"");
    private static final Pattern TEXT = Pattern.compile("(?m)^  '([^']+)': (.*),$");
    private static final Pattern USED = Pattern.compile("\\bt\\('([a-z][\\w.-]*)'");
    private static final Pattern MADE = Pattern.compile("\\bt\\(`([a-z][\\w.-]*)\\$\\{");
    private static final Pattern BEGUN = Pattern.compile("`([a-z]+\\.[\\w.-]*)\\$\\{");
    private static final Pattern VALUE = Pattern.compile("\\{(\\w+)}");
    private static final Pattern STRING = Pattern.compile("'([a-z]+\\.[\\w.-]+)'");

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> ours() throws IOException {
        try (Stream<Path> files = Files.walk(ASSETS)) {
            return files.filter(file -> file.toString().endsWith(".js") && !file.startsWith(ASSETS.resolve("vendor")))
                    .toList();
        }
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }

    /** All tables of a language: the first one, and those that screens bring along. */
    private static Map<String, String> texts(String language) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.list(ASSETS.resolve("i18n"))) {
            for (Path file : files.filter(one -> one.getFileName().toString().startsWith(language))
                    .toList()) {
                for (MatchResult text : TEXT.matcher(read(file)).results().toList()) {
                    assertThat(texts.put(text.group(1), text.group(2)))
                            .as(language + " has twice " + text.group(1))
                            .isNull();
                }
            }
        }
        return texts;
    }

    private static Set<String> values(String text) {
        return new TreeSet<>(all(VALUE, text));
    }

    @Test
    void both_languages_have_the_same_texts_with_the_same_values() throws IOException {
        Map<String, String> english = texts("en");
        Map<String, String> chinese = texts("zh");
        chinese.keySet().removeIf(key -> OWN.stream().anyMatch(key::startsWith));
        assertThat(chinese.keySet()).isEqualTo(english.keySet()).hasSizeGreaterThan(100);
        english.forEach(
                (key, text) -> assertThat(values(chinese.get(key))).as(key).isEqualTo(values(text)));
        assertThat(chinese.values().stream().filter(text -> text.matches(".*[\u4e00-\u9fff][,:;?!].*")))
                .as("marks of the other script")
                .isEmpty();
    }

    @Test
    void every_text_that_is_asked_for_is_there_and_none_is_there_in_vain() throws IOException {
        Set<String> keys = texts("zh").keySet();
        Set<String> used = new TreeSet<>();
        Set<String> made = new TreeSet<>();
        Set<String> begun = new TreeSet<>();
        for (Path file : ours()) {
            if (file.getParent().endsWith("i18n")) {
                continue;
            }
            String text = read(file);
            assertThat(keys).as(file.toString()).containsAll(all(USED, text));
            used.addAll(all(USED, text));
            used.addAll(all(STRING, text));
            made.addAll(all(MADE, text));
            begun.addAll(all(BEGUN, text));
        }
        made.forEach(prefix -> assertThat(keys.stream().filter(key -> key.startsWith(prefix)))
                .as(prefix)
                .isNotEmpty());
        keys.forEach(key -> assertThat(used.contains(key) || begun.stream().anyMatch(key::startsWith))
                .as(key + " is used nowhere")
                .isTrue());
    }

    private static Set<Path> firstLoad() {
        Set<Path> loaded = new LinkedHashSet<>();
        Deque<Path> next = new ArrayDeque<>();
        String index = read(WEB.resolve("index.html"));
        all(ASSET, index).forEach(asset -> next.add(ASSETS.resolve(asset)));
        next.add(ASSETS.resolve("screens/overview.js"));
        next.add(ASSETS.resolve("i18n/zh.js")); // the longer one of the two
        while (!next.isEmpty()) {
            Path file = next.remove();
            if (loaded.add(file)
                    && file.toString().endsWith(".js")
                    && !file.getParent().endsWith("vendor")) {
                all(IMPORT, read(file))
                        .forEach(other -> next.add(file.resolveSibling(other).normalize()));
            }
        }
        loaded.add(WEB.resolve("index.html"));
        return loaded;
    }

    private static int packed(Path file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.size();
    }

    @Test
    void all_that_the_first_screen_loads_is_small_when_packed() {
        Map<String, Integer> sizes = new TreeMap<>();
        firstLoad().forEach(file -> sizes.put(WEB.relativize(file).toString(), packed(file)));
        assertThat(sizes).containsKeys("assets/vendor/ui.js", "assets/live.js", "assets/app.css");
        assertThat(sizes.values().stream().mapToInt(size -> size).sum())
                .as(sizes.toString())
                .isLessThanOrEqualTo(FIRST_LOAD);
    }

    @Test
    void neither_the_editor_nor_plots_of_the_past_are_loaded_with_the_first_screen() {
        assertThat(firstLoad()).doesNotContain(ASSETS.resolve("vendor/editor.js"), ASSETS.resolve("vendor/plot.js"));
    }

    @Test
    void every_import_leads_to_a_file_and_none_to_another_site() throws IOException {
        for (Path file : ours()) {
            for (String other : all(IMPORT, read(file))) {
                assertThat(file.resolveSibling(other).normalize())
                        .as("imported by " + file)
                        .exists();
            }
            assertThat(read(file)).as(file.toString()).doesNotContainPattern("import\\('?https?:|from 'https?:");
        }
    }

    @Test
    void the_page_has_neither_scripts_nor_styles_of_its_own() {
        assertThat(read(WEB.resolve("index.html")))
                .doesNotContainPattern("<script>|<style|style=|\\son[a-z]+=")
                .doesNotContain("http:", "https:");
        assertThat(read(ASSETS.resolve("app.css"))).doesNotContain("@import", "http:", "https:");
    }

    @Test
    void vendored_bundles_are_those_that_are_written_down() throws Exception {
        String list = read(ASSETS.resolve("vendor/VENDORED.md"));
        for (String name : List.of("ui.js", "plot.js", "editor.js")) {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(read(ASSETS.resolve("vendor").resolve(name)).getBytes(UTF_8));
            assertThat(list).contains("| " + name + " | " + HexFormat.of().formatHex(digest) + " |");
        }
        String licences = read(ASSETS.resolve("vendor/licences.txt"));
        List<String> packages = all(Pattern.compile("(?m)^\\| ([@a-z/0-9-]+ \\| \\d[.\\d]+) \\| (?:MIT|Apache)"), list);
        assertThat(packages)
                .hasSizeGreaterThan(20)
                .allSatisfy(one -> assertThat(licences).contains(one.replace(" | ", " ")));
    }
}

package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.outbound.ShareLink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile share links in a config, in the table {@code resources/hostile/links.txt}. */
@Timeout(120)
class LinkHostileTest {
    /** What the cases give in Base64. */
    private static final String BASE64 = "base64(";

    private record Read(List<Problem> problems, String meaning) {
        static Read of(String link) {
            String text = "outbounds:\n  x: " + new JsonPrimitive(link) + "\nrules: [{to: direct}]\n";
            Problems problems = new Problems();
            Config config = ConfigReader.read("config.yaml", Optional.empty(), text, Catalog.PROTOCOLS, problems);
            assertThat(config == null).isEqualTo(problems.hasErrors());
            for (Problem problem : problems.all()) {
                assertThat(problem.toString()).startsWith("config.yaml:2:6: ");
                assertThat(problem.message()).isNotBlank();
                assertThat(problem.toString().chars()).allMatch(c -> c == '\n' || !Character.isISOControl(c));
            }
            return new Read(problems.all(), config == null ? "" : meaning(config.root()));
        }

        private static String meaning(ConfigNode root) {
            ConfigNode link = Objects.requireNonNull(
                    Objects.requireNonNull(root.get("outbounds")).get("x"));
            ConfigNode node = Objects.requireNonNull(ShareLink.toNode(link, new Problems()));
            List<String> keys = new ArrayList<>();
            for (ConfigNode.Entry entry : node.entries()) {
                String items = String.join(
                        ",",
                        entry.value().items().stream().map(ConfigNode::text).toList());
                keys.add(entry.key().text() + "=" + entry.value().text() + items);
            }
            return String.join(" ", keys);
        }
    }

    static Stream<Table.Case> links() {
        return Table.cases("links.txt");
    }

    /** Text in UTF-8, in which what stands in {@code base64(…)} is encoded. */
    private static String link(Table.Case one) {
        String text = new String(Table.unescape(one.sent()), StandardCharsets.UTF_8);
        int from = text.indexOf(BASE64);
        int to = text.indexOf(')', from);
        if (from < 0) {
            return text;
        }
        byte[] plain = text.substring(from + BASE64.length(), to).getBytes(StandardCharsets.UTF_8);
        return text.substring(0, from) + Base64.getEncoder().encodeToString(plain) + text.substring(to + 1);
    }

    @ParameterizedTest
    @MethodSource("links")
    void a_link_is_an_outbound_or_is_refused_without_a_word_of_its_secrets(Table.Case one) {
        String link = link(one);
        Read read = Read.of(link);
        String said = read.problems.toString();
        assertThat(said).doesNotContain("hunter2");
        if (one.expected().startsWith("! ")) {
            assertThat(read.meaning).isEmpty();
            assertThat(said).contains(one.expected().substring(2));
        } else {
            String[] wanted = one.expected().split(" \\| ", 2);
            assertThat(read.meaning).isEqualTo(new String(Table.unescape(wanted[0]), StandardCharsets.UTF_8));
            assertThat(said).contains(wanted.length > 1 ? wanted[1] : "");
        }
    }

    static Stream<Table.Case> golden() {
        return Table.cases("links-golden.txt");
    }

    @ParameterizedTest
    @MethodSource("golden")
    void every_beginning_of_a_link_and_every_changed_byte_is_read_or_refused(Table.Case one) {
        byte[] whole = link(one).getBytes(StandardCharsets.UTF_8);
        assertThat(Read.of(link(one)).problems.toString()).contains(one.expected());
        for (byte[] beginning : Mutations.truncations(whole)) {
            Read.of(new String(beginning, StandardCharsets.UTF_8));
        }
        for (byte[] changed : Mutations.flips(whole)) {
            Read.of(new String(changed, StandardCharsets.UTF_8));
        }
    }
}

package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose bytes are the problem. */
class ConfigSourceTest {
    @TempDir
    private Path folder;

    private String said(byte[] content, String mode) throws IOException, Stop {
        Path file = folder.resolve("config.yaml");
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        Problems problems = new Problems();
        var config = new ConfigSource("config.yaml", Optional.of(file)).read(problems);
        assertThat(config == null).isEqualTo(problems.hasErrors());
        return problems.all().stream()
                .map(Problem::toString)
                .collect(Collectors.joining("\n"))
                .replace(folder.toString(), "/etc/fenliu");
    }

    private String said(String content) throws IOException, Stop {
        return said(content.getBytes(StandardCharsets.UTF_8), "rw-------");
    }

    @Test
    void bytes_that_are_no_utf_8_have_a_place() throws Exception {
        byte[] latin = "log: {level: info}\n# M\u00fcnchen\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(said(latin, "rw-------"))
                .isEqualTo("config.yaml:2:4: error: the byte 0xFC is no UTF-8\n  save the file as UTF-8");
        byte[] utf16 = "log: {}".getBytes(StandardCharsets.UTF_16);
        assertThat(said(utf16, "rw-------")).startsWith("config.yaml:1:1: error: the byte 0xFE is no UTF-8");
        assertThat(said(new byte[] {'#', (byte) 0xe9}, "rw-------")).startsWith("config.yaml:1:2: error: ");
    }

    @Test
    void a_byte_order_mark_and_every_kind_of_line_end_are_fine() throws Exception {
        assertThat(said("\ufefflog: {level: info}\r\n")).isEmpty();
        assertThat(said("\ufefflogs: {}"))
                .startsWith("config.yaml:1:1: error: ")
                .contains("\n  1 | logs: {}\n    | ^^^^\n");
        for (String end : new String[] {"\n", "\r\n", "\r"}) {
            assertThat(said("version: 1" + end + end + "logs: {}" + end))
                    .startsWith("config.yaml:3:1: error: ")
                    .contains("3 | logs: {}");
        }
    }

    @Test
    void control_characters_have_a_place_and_never_reach_the_terminal() throws Exception {
        assertThat(said("version: 1\nlog: {level: \u0000}"))
                .startsWith("config.yaml:2:14: error: the character U+0000 cannot stand in YAML\n")
                .doesNotContain("\u0000");
        assertThat(said("log: {level: \u001b[2J}"))
                .contains("U+001B")
                .contains("\ufffd[2J")
                .doesNotContain("\u001b");
        assertThat(said("log: {level: \"\\e[2J\\n\"}"))
                .contains("\"\ufffd[2J\ufffd\"")
                .doesNotContain("\u001b");
    }

    @Test
    void characters_of_two_units_do_not_move_the_caret() throws Exception {
        assertThat(said("log: {level: info, \"\ud83d\ude80\": 1, flow: on}"))
                .contains("error: unknown key \"flow\" in \"log\"")
                .contains("\n  1 | log: {level: info, \"\ud83d\ude80\": 1, flow: on}\n    | " + " ".repeat(20)
                        + "\u3000" + " ".repeat(6) + "^^^^");
    }

    @Test
    void a_huge_file_is_refused_before_it_is_parsed() throws Exception {
        assertThat(said("#".repeat(YamlReader.MAX_CHARS + 1))).contains("characters (at most " + YamlReader.MAX_CHARS);
    }

    @Test
    void a_secret_that_others_can_read_is_refused_and_not_shown() throws Exception {
        String text = "outbounds:\n  a: {type: trojan, server: \"vps.example:443\", password: hunter2}\n";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(said(bytes, "rw-------")).isEmpty();
        assertThat(said(bytes, "rw-r-----")).isEqualTo("""
                config.yaml:2:58: error: a secret stands here and other users of this machine can read the file
                  2 |   a: {type: trojan, server: "vps.example:443", password: ***}
                    |                                                          ^^^
                  chmod 600 /etc/fenliu/config.yaml, or write ${env:NAME} or ${file:PATH} instead of the secret""");
        String link = "outbounds:\n  a: \"trojan://hunter2@vps.example:443\"\n";
        assertThat(said(link.getBytes(StandardCharsets.UTF_8), "rw----r--"))
                .startsWith("config.yaml:2:6: error: a secret stands here")
                .doesNotContain("hunter2");
    }
}

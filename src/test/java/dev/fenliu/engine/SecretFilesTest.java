package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretFilesTest {
    @TempDir
    private Path folder;

    private List<String> errors(String yaml, String permissions) throws IOException {
        Path file = folder.resolve("c.yaml");
        Files.writeString(file, yaml);
        Files.writeString(folder.resolve("key"), "s3cret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        Problems problems = new Problems();
        ConfigReader.read("c.yaml", Optional.of(file), yaml, Built.PROTOCOLS, problems);
        return problems.all().stream()
                .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                .map(Problem::toString)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "outbounds: {a: {type: shadowsocks, server: \"h.test:1\", method: aes-128-gcm, password: s3cret}}",
                "outbounds: {a: {type: socks5, server: \"h.test:1\", username: u, password: s3cret}}",
                "outbounds: {a: \"ss://YWVzLTEyOC1nY206c2VjcmV0@h.test:1\"}",
                "outbounds: {a: \"socks5://u:s3cret@h.test:1080\"}",
                "listeners: [{type: mixed, listen: \"127.0.0.1:1\", users: {anna: s3cret}}]",
                "listeners: [{type: shadowsocks, listen: \"127.0.0.1:1\", method: aes-128-gcm, password: s3cret}]",
            })
    void a_secret_in_a_file_that_others_read_is_refused_and_not_shown(String yaml) throws IOException {
        assertThat(errors(yaml, "rw-r--r--"))
                .hasSize(1)
                .allSatisfy(error -> assertThat(error).startsWith("c.yaml:1:").contains("chmod 600"));
        assertThat(errors(yaml, "rw-r-----")).hasSize(1);
        assertThat(errors(yaml, "rw-------")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "outbounds: {a: {type: shadowsocks, server: \"h.test:1\", method: aes-128-gcm, password: \"${file:key}\"}}",
                "outbounds: {a: \"socks5://h.test:1080\"}",
                "outbounds: {a: {type: socks5, server: \"h.test:1\"}}",
                "listeners: [{type: mixed, listen: \"127.0.0.1:1\", users: {anna: \"${file:key}\"}}]",
                "",
            })
    void what_holds_no_secret_may_be_read_by_anybody(String yaml) throws IOException {
        assertThat(errors(yaml, "rw-r--r--")).isEmpty();
    }

    @Test
    void the_secret_itself_is_not_in_the_message() throws IOException {
        String yaml = "listeners:\n  - {type: mixed, listen: \"127.0.0.1:1\", users: {anna: s3cret}}\n";
        assertThat(errors(yaml, "rw-r--r--").get(0)).doesNotContain("s3cret");
    }
}

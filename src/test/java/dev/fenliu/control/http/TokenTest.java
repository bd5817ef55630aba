package dev.fenliu.control.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenTest {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve(Token.FILE);
    }

    private String text() throws IOException {
        return Files.readString(file()).strip();
    }

    @Test
    void it_is_made_once_for_its_owner_alone() throws IOException {
        Path deeper = folder.resolve("a/b");
        assertThat(Token.kept(deeper).is("")).isFalse();
        Path file = deeper.resolve(Token.FILE);
        String text = Files.readString(file).strip();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(text).matches("[A-Za-z0-9_-]{43}");
        assertThat(Token.kept(deeper).is(text)).isTrue();
        assertThat(Token.kept(deeper).is(text + "x")).isFalse();
        assertThat(Token.read(file)).isEqualTo(new Secret(text)).hasToString("***");
        assertThat(Files.readString(file)).isEqualTo(text + "\n");
    }

    @Test
    void one_that_others_could_read_is_replaced() throws IOException {
        Token.kept(folder);
        String old = text();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> Token.read(file())).hasMessageContaining("others");
        Token fresh = Token.kept(folder);
        assertThat(fresh.is(old)).isFalse();
        assertThat(fresh.is(text())).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void what_is_no_token_is_replaced() throws IOException {
        for (String content : new String[] {"", "short", "a".repeat(44), "../".repeat(20)}) {
            Files.writeString(file(), content);
            Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
            assertThat(Token.kept(folder).is(text())).isTrue();
            assertThat(text()).hasSize(43);
        }
    }

    @Test
    void a_link_is_not_followed() throws IOException {
        Path elsewhere = folder.resolve("elsewhere");
        Files.writeString(elsewhere, "precious");
        Files.createSymbolicLink(file(), elsewhere);
        assertThat(Token.kept(folder).is(text())).isTrue();
        assertThat(elsewhere).hasContent("precious");
        assertThat(Files.isSymbolicLink(file())).isFalse();
    }

    @Test
    void where_none_can_be_kept_there_is_one_that_nobody_knows() throws IOException {
        Path blocked = folder.resolve("file");
        Files.writeString(blocked, "in the way");
        assertThat(Token.kept(blocked).is("")).isFalse();
        assertThat(blocked).hasContent("in the way");
    }
}

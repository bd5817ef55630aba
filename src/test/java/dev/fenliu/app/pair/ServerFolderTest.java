package dev.fenliu.app.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.engine.UserFile.User;
import dev.fenliu.model.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerFolderTest {
    private static final Secret KEY = new Secret("k".repeat(43));

    @TempDir
    private Path parent;

    private ServerFolder server;

    @BeforeEach
    void make() throws IOException {
        server = new ServerFolder(parent.resolve("server"));
        server.make(List.of(Host.parse("203.0.113.7"), Host.parse("vps.example.com")), false, "version: 1\n");
    }

    private User user(String name) throws IOException {
        return java.util.Objects.requireNonNull(server.read().get(name));
    }

    @Test
    void nobody_else_can_read_it() throws IOException {
        assertThat(Files.getPosixFilePermissions(server.path()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        server.invite("home");
        try (Stream<Path> files = Files.list(server.path())) {
            assertThat(files.filter(file -> !file.toString().endsWith(".lock"))
                            .map(file -> {
                                try {
                                    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            })
                            .distinct())
                    .containsExactly("rw-------");
        }
    }

    @Test
    void the_string_leads_to_the_first_host_and_its_key() throws IOException {
        PairingString string = server.string("home", server.invite("home"), 443);
        assertThat(string.server()).hasToString("203.0.113.7:443");
        assertThat(string.pin()).isPresent();
        server.address(Host.parse("vps.example.com"), true);
        assertThat(server.string("home", string.code(), 443).pin()).isEmpty();
    }

    @Test
    void a_code_is_good_for_one_key() throws IOException {
        server.invite("home");
        server.exchange("home", KEY, "198.51.100.9");
        assertThat(user("home").key()).contains(KEY);
        server.exchange("home", KEY, "198.51.100.10"); // the answer was lost
        assertThatThrownBy(() -> server.exchange("home", new Secret("x".repeat(43)), "198.51.100.11"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("used already")
                .hasMessageContaining("198.51.100.9");
        assertThat(user("home").key()).contains(KEY);
    }

    @Test
    void a_new_code_ends_the_key_and_keeps_the_limits() throws IOException {
        server.invite("home");
        server.exchange("home", KEY, "198.51.100.9");
        server.change((users, now) -> users.compute(
                "home", (name, user) -> new User(user.key(), user.code(), user.until(), user.used(), 5L << 30, 7)));
        server.invite("home");
        assertThat(user("home").key()).isEmpty();
        assertThat(user("home").used()).isEmpty();
        assertThat(user("home").traffic()).isEqualTo(5L << 30);
        assertThat(user("home").flows()).isEqualTo(7);
    }

    @Test
    void a_code_that_nobody_used_lapses() throws IOException {
        Secret code = server.invite("home");
        server.change((users, now) -> users.put(
                "home",
                new User(
                        Optional.empty(),
                        Optional.of(code),
                        Optional.of(now.minus(Duration.ofSeconds(5))),
                        Optional.empty(),
                        0,
                        0)));
        assertThatThrownBy(() -> server.exchange("home", KEY, "198.51.100.9"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lapsed");
    }

    @Test
    void a_user_who_is_gone_has_no_code() throws IOException {
        server.invite("home");
        server.change((users, now) -> users.remove("home"));
        assertThatThrownBy(() -> server.exchange("home", KEY, "198.51.100.9"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no such code");
    }

    @Test
    void a_file_of_users_that_is_broken_is_told_without_its_secrets() throws IOException {
        Files.writeString(server.users(), "home: {password: \"hunter2hunter2\", flows: many}\n");
        assertThatThrownBy(server::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("users.yaml:1:")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void users_that_others_can_read_are_refused() throws IOException {
        Files.setPosixFilePermissions(server.users(), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(server::read).isInstanceOf(IOException.class).hasMessageContaining("chmod 600");
    }

    @Test
    void home_goes_on_with_the_key_that_it_tried_before() throws IOException {
        PairingString string = server.string("home", server.invite("home"), 443);
        Path file = parent.resolve("vps.key");
        HomeKey first = HomeKey.of(file, string);
        assertThat(HomeKey.of(file, string).secret()).isEqualTo(first.secret());
        PairingString other = server.string("home", server.invite("home"), 443);
        assertThat(HomeKey.of(file, other).secret()).isNotEqualTo(first.secret());
        HomeKey last = HomeKey.of(file, other);
        last.keep();
        assertThat(Files.readString(file).strip()).isEqualTo(last.secret().value());
        assertThat(parent.resolve("vps.key.new")).doesNotExist();
    }
}

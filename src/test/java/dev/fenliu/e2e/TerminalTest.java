package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people see in a terminal: the screen of {@code top}, and what their shell completes. */
@Tag("program")
@Timeout(180)
class TerminalTest {
    private static final String CONFIG = """
        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
        api: {listen: "127.0.0.1:0"}
        outbounds: {vps: {type: socks5, server: "127.0.0.1:1080"}}
        groups:
          ai: {type: select, members: [vps]}
          日本: {type: select, members: [vps]}
        rule-sets: {mine: {entries: [a.test]}}
        rules: [{rule-set: mine, to: ai}, {to: direct}]
        """;

    @TempDir
    private Path folder;

    /** A shell that finds the program as {@code fenliu}, and of whose user nothing is known. */
    private Tmux shell(String... command) throws Exception {
        Path program = folder.resolve("fenliu");
        String line = Fenliu.command().stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Files.writeString(program, "#!/bin/sh\nexec " + line + " \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Stream<String> environment = Stream.of(
                "env",
                "-u",
                "NO_COLOR",
                "HOME=" + folder,
                "ZDOTDIR=" + folder,
                "XDG_STATE_HOME=" + folder.resolve("state"),
                "XDG_CONFIG_HOME=" + folder.resolve("config"),
                "LC_ALL=C.UTF-8",
                "PS1=$ ",
                "HISTFILE=/dev/null",
                "PATH=" + folder + ":" + System.getenv("PATH"));
        return new Tmux(folder, Stream.concat(environment, Stream.of(command)).toArray(String[]::new));
    }

    private static void enter(Tmux terminal, String line) throws IOException, InterruptedException {
        terminal.type(line);
        terminal.press("Enter");
    }

    @Test
    void top_fills_the_terminal_that_there_is_and_gives_it_back() throws Exception {
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG);
                Tmux terminal = shell("bash", "--norc")) {
            String top = "fenliu top --api 127.0.0.1:" + home.port("api");
            enter(terminal, "echo before; stty -a > before.txt");
            terminal.await("(?m)^before$");
            enter(terminal, top);
            terminal.await("(?m)^OUTBOUND .*STATE$(?s).*BUSIEST HOSTS");
            assertThat(terminal.screen()).contains("generation 1").doesNotContain("before");
            assertThat(terminal.styled()).contains("\u001b[1mOUTBOUND");
            assertThat(terminal.is("cursor_flag")).isEqualTo("0");
            terminal.resize(50, 12);
            terminal.await("(?s)BUSIEST FLOWS(?!.*BUSIEST HOSTS)");
            assertThat(terminal.screen().lines()).hasSizeLessThanOrEqualTo(12).allMatch(line -> line.length() <= 50);
            terminal.resize(100, 40);
            terminal.await("BUSIEST HOSTS");
            terminal.press("x"); // means nothing
            terminal.press("q");
            assertRestored(terminal);

            enter(terminal, "NO_COLOR=1 " + top);
            terminal.await("BUSIEST HOSTS");
            assertThat(terminal.styled()).doesNotContain("\u001b[");
            terminal.press("C-c");
            assertRestored(terminal);

            enter(terminal, top);
            terminal.await("BUSIEST HOSTS");
            home.signal("KILL");
            terminal.await("the running program has ended");
            assertRestored(terminal);
        }
    }

    /** The shell has the terminal as it was: first screen, cursor, and lines that are edited. */
    private void assertRestored(Tmux terminal) throws Exception {
        terminal.await("(?ms)^before$.*^\\$\\s*\\z");
        assertThat(terminal.is("alternate_on")).isEqualTo("0");
        enter(terminal, "stty -a > after.txt; echo written");
        terminal.await("(?m)^written$");
        assertThat(terminal.is("cursor_flag")).isEqualTo("1");
        assertThat(folder.resolve("after.txt")).hasSameTextualContentAs(folder.resolve("before.txt"));
        enter(terminal, "clear; echo before");
        terminal.await("\\Abefore\n\\$");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void a_shell_completes_commands_options_and_names(String shell) throws Exception {
        Programs.require(shell);
        Files.createDirectories(folder.resolve("config/fenliu"));
        Fenliu.write(folder.resolve("config/fenliu/config.yaml"), CONFIG);
        List<String> command = switch (shell) {
            case "bash" -> List.of("bash", "--norc");
            case "zsh" -> List.of("zsh", "-f");
            default -> List.of("fish", "--no-config");
        };
        try (Tmux terminal = shell(command.toArray(String[]::new))) {
            enter(terminal, "fenliu completion " + shell + " > completion; echo written");
            terminal.await("(?m)^written");
            if (shell.equals("zsh")) {
                enter(terminal, "autoload -Uz compinit && compinit -u");
            }
            enter(terminal, ". ./completion; clear; echo ready");
            terminal.await("(?m)^ready");
            completes(terminal, "fenliu ro", "fenliu route ");
            completes(terminal, "fenliu rule add --rev", "fenliu rule add --revert-when-worse");
            completes(terminal, "fenliu route use a", "fenliu route use ai ");
            completes(terminal, "fenliu route use ai v", "fenliu route use ai vps ");
            completes(terminal, "fenliu route use 日", "fenliu route use 日本 ");
            completes(terminal, "fenliu rule add x.test bl", "fenliu rule add x.test block ");
            completes(terminal, "fenliu rule add x.test --list m", "fenliu rule add x.test --list mine ");
            terminal.type("fenliu rule add --");
            terminal.press("Tab");
            terminal.press("Tab");
            terminal.await("(?s)--until.*");
            assertThat(terminal.screen()).contains("--confirm", "--for", "--list", "--last", "--api");
        }
    }

    private static void completes(Tmux terminal, String typed, String expected) throws Exception {
        terminal.type(typed);
        terminal.press("Tab");
        terminal.await(expected + "?");
        terminal.press("C-u");
        terminal.press("C-l");
    }
}

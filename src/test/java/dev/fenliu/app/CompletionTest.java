package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompletionTest {
    private static CommandLine line() {
        return new CommandLine(new Commands());
    }

    private static String bash(String script) throws Exception {
        Process bash = new ProcessBuilder("bash", "--norc", "-c", script)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void bash_completes_commands_options_and_values(@TempDir Path folder) throws Exception {
        Path script = Files.writeString(
                folder.resolve("fenliu"), CompletionCommand.script(CompletionCommand.Shell.BASH, line()));
        String answers = bash("source " + script + """

                t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _complete_fenliu; echo "${COMPREPLY[*]}"; }
                t fenliu sta
                t fenliu logs --lev
                t fenliu logs --level w
                t fenliu dns q
                t fenliu completion f
                complete -p fenliu
                """);
        assertThat(answers.lines())
                .containsExactly(
                        "status", "--level", "warn", "query", "fish", "complete -o default -F _complete_fenliu fenliu");
    }

    @Test
    void fish_is_told_of_every_command_and_option_once() {
        List<String> lines = CompletionCommand.script(CompletionCommand.Shell.FISH, line())
                .lines()
                .toList();
        assertThat(lines).doesNotHaveDuplicates().allMatch(one -> one.startsWith("complete -c fenliu "));
        assertThat(lines)
                .contains("complete -c fenliu -e")
                .anyMatch(one -> one.startsWith("complete -c fenliu -n '__fish_use_subcommand' -f -a 'top' -d 'Watch"))
                .anyMatch(
                        one -> one.startsWith(
                                "complete -c fenliu -n '__fish_seen_subcommand_from logs' -l level -x -a 'debug info warn error'"))
                .anyMatch(one -> one.startsWith(
                        "complete -c fenliu -n '__fish_seen_subcommand_from dns; and not __fish_seen_subcommand_from"
                                + " query' -f -a 'query'"))
                .anyMatch(one ->
                        one.startsWith("complete -c fenliu -n '__fish_seen_subcommand_from run' -s c -l config -r -F"))
                .anyMatch(one -> one.contains("user\\'s"));
    }
}

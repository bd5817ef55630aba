package dev.fenliu.app;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fenliu completion}: what makes a shell complete our command lines. */
@Command(
        name = "completion",
        description = "Print what makes a shell complete the commands, the options, and names of the config.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "  bash   fenliu completion bash > ~/.local/share/bash-completion/completions/fenliu",
            "  zsh    fenliu completion zsh > ~/.fenliu.zsh; then into ~/.zshrc, after compinit: . ~/.fenliu.zsh",
            "  fish   fenliu completion fish > ~/.config/fish/completions/fenliu.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    enum Shell {
        BASH,
        ZSH,
        FISH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        System.out.print(script(shell, root));
        return ExitCode.OK;
    }

    static String script(Shell shell, CommandLine root) {
        // The script for bash knows zsh too, whose bashcompinit runs it.
        return shell == Shell.FISH
                ? new FishScript(root.getCommandSpec()).toString()
                : NamesCommand.asking(AutoComplete.bash(root.getCommandName(), root), root.getCommandName());
    }
}

package dev.fenliu.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completions for fish, from the model of the commands. */
final class FishScript {
    private final String program;
    private final Set<String> lines = new LinkedHashSet<>(); // two positions of a command may ask for the same

    FishScript(CommandSpec root) {
        this.program = root.name();
        line("complete -c " + program + " -e");
        command(root, List.of());
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }

    private void line(String text) {
        lines.add(text);
    }

    /** @param path the commands before this one's own name, and it; empty for the program itself */
    private void command(CommandSpec spec, List<String> path) {
        Map<String, CommandLine> inner = spec.subcommands();
        String here = condition(path, new ArrayList<>(inner.keySet()));
        inner.forEach((name, sub) -> {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                line(start(here) + " -f -a " + quoted(name) + description(sub.getCommandSpec()));
            }
        });
        spec.options().stream().filter(option -> !option.hidden()).forEach(option -> line(option(here, option)));
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            String values = choices(parameter);
            if (!values.isEmpty()) {
                line(start(here) + " -f -a " + quoted(values));
            } else if (parameter.type() != Path.class) {
                line(start(here) + " -f");
            }
        }
        inner.forEach((name, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            command(sub.getCommandSpec(), deeper);
        });
    }

    private String start(String condition) {
        return "complete -c " + program + " -n " + quoted(condition);
    }

    /** Holds where all of the path has been typed and none of what may follow it. */
    private static String condition(List<String> path, List<String> inner) {
        List<String> parts = new ArrayList<>();
        path.forEach(name -> parts.add("__fish_seen_subcommand_from " + name));
        if (path.isEmpty()) {
            parts.add("__fish_use_subcommand");
        } else if (!inner.isEmpty()) {
            parts.add("not __fish_seen_subcommand_from " + String.join(" ", inner));
        }
        return String.join("; and ", parts);
    }

    private String option(String here, OptionSpec option) {
        StringBuilder line = new StringBuilder(start(here));
        for (String name : option.names()) {
            line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
        }
        if (option.arity().max() > 0) {
            line.append(option.type() == Path.class ? " -r -F" : " -x");
            String values = choices(option);
            line.append(values.isEmpty() ? "" : " -a " + quoted(values));
        }
        String[] description = option.description();
        return line + (description.length == 0 ? "" : " -d " + quoted(firstSentence(description[0])));
    }

    /** The values that there are; empty where they are not known. */
    private String choices(ArgSpec argument) {
        Iterable<String> choices = argument.completionCandidates();
        if (choices == null) {
            return "";
        }
        String question = NamesCommand.question(choices, program);
        return question == null ? String.join(" ", choices) : question;
    }

    private static String description(CommandSpec spec) {
        String[] description = spec.usageMessage().description();
        return description.length == 0 ? "" : " -d " + quoted(firstSentence(description[0]));
    }

    /** Lists are narrow. */
    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end)).replace("%n", " ").strip();
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}

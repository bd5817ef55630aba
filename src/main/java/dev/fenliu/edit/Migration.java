package dev.fenliu.edit;

import dev.fenliu.config.Nearest;
import dev.fenliu.config.Outline;
import dev.fenliu.config.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings a config to the version that this program reads. There is only version 1 as yet; what there is to rewrite is keys
 * that go by the name that other programs give them.
 */
public final class Migration {
    private static final Pattern UNKNOWN = Pattern.compile("unknown key \"([^\"]+)\" in .*");
    private static final int MOST = 200;

    /**
     * What came of it.
     *
     * @param text the new one; the old where nothing was to do
     * @param renamed in words, one a key
     */
    public record Migrated(String text, List<String> renamed) {}

    private Migration() {}

    /**
     * Renames keys, each only if what stands under it is then right, but for other keys of that kind.
     *
     * @param check what is wrong with a config
     */
    public static Migrated migrate(String given, Function<String, List<Problem>> check) {
        String text = given;
        List<Problem> errors = check.apply(text);
        List<String> renamed = new ArrayList<>();
        Set<String> tried = new HashSet<>();
        for (int i = 0; i < MOST; i++) {
            boolean better = false;
            for (Problem error : errors) {
                Matcher unknown = UNKNOWN.matcher(error.message());
                if (!unknown.matches()
                        || error.severity() != Problem.Severity.ERROR
                        || !tried.add(error.position() + text)) {
                    continue;
                }
                for (String name : Nearest.elsewhere(unknown.group(1))) {
                    if (!String.valueOf(error.hint()).contains('"' + name + '"')) {
                        continue; // it is no key of that mapping
                    }
                    String other = rename(text, error, unknown.group(1), name);
                    List<Problem> left = check.apply(other);
                    if (others(left) <= others(errors) && left.stream().noneMatch(one -> isSame(one, error))) {
                        renamed.add("line " + error.position().line() + ": " + unknown.group(1) + " is " + name);
                        text = other;
                        errors = left;
                        better = true;
                        break;
                    }
                }
                if (better) {
                    break;
                }
            }
            if (!better) {
                break;
            }
        }
        return new Migrated(text, renamed);
    }

    /** How many errors there are that no other name of a key would mend. */
    private static long others(List<Problem> problems) {
        return problems.stream()
                .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                .filter(problem -> {
                    Matcher unknown = UNKNOWN.matcher(problem.message());
                    return !unknown.matches()
                            || Nearest.elsewhere(unknown.group(1)).isEmpty();
                })
                .count();
    }

    private static boolean isSame(Problem one, Problem other) {
        return one.position().equals(other.position()) && one.message().equals(other.message());
    }

    private static String rename(String text, Problem at, String key, String name) {
        Outline root = Outline.of(text);
        int start = root == null ? -1 : find(root, text, at, key);
        int end = start < 0 ? -1 : text.indexOf(':', start);
        return end < 0 ? text : text.substring(0, start) + name + text.substring(end);
    }

    /** Where the key stands; -1 if it is not found. */
    private static int find(Outline node, String text, Problem at, String key) {
        for (Outline.Entry entry : node.entries()) {
            int start = entry.key().start();
            int lineStart = text.lastIndexOf('\n', start - 1) + 1;
            boolean column =
                    text.codePointCount(lineStart, start) + 1 == at.position().column();
            if (column
                    && entry.key().text().equals(key)
                    && new Lines(text).number(start) == at.position().line()) {
                return start;
            }
            int below = find(entry.value(), text, at, key);
            if (below >= 0) {
                return below;
            }
        }
        return node.items().stream()
                .mapToInt(item -> find(item, text, at, key))
                .filter(found -> found >= 0)
                .findFirst()
                .orElse(-1);
    }
}

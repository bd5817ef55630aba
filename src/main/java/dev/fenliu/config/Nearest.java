package dev.fenliu.config;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the word that a user probably meant. */
public final class Nearest {
    private Nearest() {}

    /** {@code did you mean "server"?}, or the known words when they are few, or null. */
    public static @Nullable String hint(String word, Collection<String> known) {
        String best = null;
        int distance = Math.max(2, word.length() / 3) + 1;
        String asked = plain(word);
        for (String candidate : known) {
            int d = distance(asked, plain(candidate));
            if (d < distance) {
                distance = d;
                best = candidate;
            }
        }
        if (best != null) {
            return "did you mean \"" + best + "\"?";
        }
        if (known.isEmpty() || known.size() > 16) {
            return null;
        }
        return "known: " + known.stream().sorted().collect(Collectors.joining(", "));
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Edits (insert, delete, replace, swap of neighbours) between the two words. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}

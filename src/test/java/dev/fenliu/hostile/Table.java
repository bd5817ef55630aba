package dev.fenliu.hostile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table of cases under {@code resources/hostile}. Groups of cases:
 *
 * <pre>
 * == what the cases have in common
 * &gt; what is sent, with {} where the cases differ; more such lines are joined
 * &lt; what must come back
 * - what stands for {}
 * - what stands for {} =&gt; what must come back here
 * </pre>
 *
 * Lines that start with {@code #} and empty ones say nothing.
 */
public final class Table {
    private static final String INSTEAD = " => ";
    private static final Pattern REPEATED = Pattern.compile("\\{([^{}]*)\\*(\\d+)}");

    /** A case; {@code sent} and {@code expected} are for the test of the protocol to read. */
    public record Case(String group, String text, String sent, String expected) {
        @Override
        public String toString() {
            return group + ": " + (text.length() > 80 ? text.substring(0, 80) + "…" : text);
        }
    }

    private final List<Case> cases = new ArrayList<>();
    private String group = "";
    private String template = "";
    private String expected = "";

    private Table() {}

    /** The cases of several tables. */
    public static Stream<Case> cases(String... names) {
        return Stream.of(names).flatMap(name -> read(name).stream());
    }

    public static List<Case> read(String name) {
        Table table = new Table();
        try (InputStream in = Table.class.getResourceAsStream("/hostile/" + name)) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(table::line);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return table.cases;
    }

    private void line(String line) {
        if (line.startsWith("== ")) {
            group = line.substring(3);
            template = "";
            expected = "";
        } else if (line.startsWith("> ")) {
            template += line.substring(2);
        } else if (line.startsWith("< ")) {
            expected = line.substring(2);
        } else if (line.startsWith("- ") || line.equals("-")) {
            add(line.substring(Math.min(2, line.length())));
        } else if (!line.isBlank() && !line.startsWith("#")) {
            throw new AssertionError("no line of a table: " + line);
        }
    }

    private void add(String line) {
        int instead = line.indexOf(INSTEAD);
        String text = instead < 0 ? line : line.substring(0, instead);
        String back = instead < 0 ? expected : line.substring(instead + INSTEAD.length());
        String sent = template.isEmpty() ? text : template.replace("{}", text);
        cases.add(new Case(group, text, sent, back.replace("{}", text)));
    }

    /** The text with each {@code {text*n}} written out. */
    public static String repeat(String text) {
        return REPEATED.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1).repeat(Integer.parseInt(found.group(2)))));
    }

    /** Text with {@code \r \n \t \0 \xNN \\} and {@code {text*n}} for repetition; a character a byte. */
    public static byte[] unescape(String text) {
        String all = repeat(text);
        StringBuilder out = new StringBuilder(all.length());
        for (int i = 0; i < all.length(); i++) {
            char c = all.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            c = all.charAt(++i);
            switch (c) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case '0' -> out.append('\0');
                case 'x' -> {
                    out.append((char) Integer.parseInt(all, i + 1, i + 3, 16));
                    i += 2;
                }
                default -> out.append(c);
            }
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}

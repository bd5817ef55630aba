package dev.fenliu.route.list;

import java.util.List;

/**
 * A mapping of keys to lists of scalars, read line by line: a list of a hundred thousand entries costs no tree, and a bad
 * line spoils no other. Indentation has no meaning.
 */
final class YamlLists implements LineSyntax {
    /** Takes the lines as what they are. */
    interface Reader {
        /** The list of a key begins. */
        void key(String key, int line, Entries out);

        /** An item of the list that began last, or of none. */
        void item(String value, int line, Entries out);
    }

    private final Reader reader;

    YamlLists(Reader reader) {
        this.reader = reader;
    }

    @Override
    public void read(String line, int number, Entries out) {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#") || text.equals("---") || text.equals("...")) {
            return;
        }
        try {
            if (text.equals("-") || text.startsWith("- ") || text.startsWith("-\t")) {
                reader.item(YamlScalar.parse(text.substring(1)), number, out);
                return;
            }
            int colon = text.indexOf(':');
            String key = colon < 0 ? "" : text.substring(0, colon);
            String value = colon < 0 ? "" : text.substring(colon + 1).strip();
            if (key.isEmpty() || colon + 1 < text.length() && !Character.isWhitespace(text.charAt(colon + 1))) {
                out.bad(number, text, "neither a key nor an entry (expected: \"- value\")");
                return;
            }
            reader.key(key, number, out);
            for (String item : values(value)) {
                reader.item(item, number, out);
            }
        } catch (IllegalArgumentException e) {
            out.bad(number, text, String.valueOf(e.getMessage()));
        }
    }

    private static List<String> values(String value) {
        if (value.startsWith("[")) {
            return YamlScalar.list(value);
        }
        return value.isEmpty() || value.startsWith("#") ? List.of() : List.of(YamlScalar.parse(value));
    }
}

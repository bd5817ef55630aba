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
        String key = null;
        List<String> items;
        try {
            if (text.equals("-") || text.startsWith("- ") || text.startsWith("-\t")) {
                items = List.of(YamlScalar.parse(text.substring(1)));
            } else {
                int colon = colon(text);
                key = text.substring(0, colon);
                items = values(text.substring(colon + 1).strip());
            }
        } catch (IllegalArgumentException e) {
            out.bad(number, text, String.valueOf(e.getMessage()));
            items = List.of();
        }
        if (key != null) {
            reader.key(key, number, out);
        }
        for (String item : items) {
            reader.item(item, number, out);
        }
    }

    /** Where the key of a line ends. */
    private static int colon(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon + 1 < text.length() && !Character.isWhitespace(text.charAt(colon + 1))) {
            throw new IllegalArgumentException("neither a key nor an entry (expected: \"- value\")");
        }
        return colon;
    }

    private static List<String> values(String value) {
        if (value.startsWith("[")) {
            return YamlScalar.list(value);
        }
        return value.isEmpty() || value.startsWith("#") ? List.of() : List.of(YamlScalar.parse(value));
    }
}

package dev.fenliu.route.list;

/**
 * The entries below {@code payload:} or {@code rules:}, of any behaviour; other keys of the file are passed over. A file
 * without any key is taken for the list itself.
 */
final class ClashYaml implements YamlLists.Reader {
    private boolean inside = true;

    @Override
    public void key(String key, int line, Entries out) {
        inside = isHead(key);
    }

    @Override
    public void item(String value, int line, Entries out) {
        if (inside) {
            TextLine.item(value, line, out);
        }
    }

    static boolean isHead(String key) {
        return key.equals("payload") || key.equals("rules");
    }
}

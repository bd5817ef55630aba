package dev.fenliu.route.list;

/**
 * Names as Clash's domain lists write them: {@code x} is this name, {@code +.x} it and all below, {@code .x} those below
 * only, and {@code *} stands for exactly one label anywhere.
 */
final class ClashDomain {
    private static final String LABEL = "[^.]+";

    private ClashDomain() {}

    static void read(String text, int line, Entries out) {
        Entry entry;
        try {
            entry = parse(text);
        } catch (IllegalArgumentException e) {
            out.bad(line, text, String.valueOf(e.getMessage()));
            return;
        }
        out.add(entry, false, line);
    }

    /** @throws IllegalArgumentException with a message for users */
    private static Entry parse(String text) {
        if (text.startsWith("+.") && text.indexOf('*') < 0) {
            return name(EntryKind.DOMAIN_SUFFIX, text, 2);
        }
        if (text.startsWith(".") && text.indexOf('*') < 0) {
            return name(EntryKind.DOMAIN_BELOW, text, 1);
        }
        if (text.startsWith("*.") && text.indexOf('*', 1) < 0) {
            return name(EntryKind.DOMAIN_CHILD, text, 2);
        }
        return text.indexOf('*') < 0 ? name(EntryKind.DOMAIN, text, 0) : expression(text);
    }

    private static Entry name(EntryKind kind, String text, int from) {
        if (text.indexOf('/') >= 0) {
            throw new IllegalArgumentException("\"" + text + "\" has a path (expected: a name or a network)");
        }
        return Entry.of(kind, text.substring(from));
    }

    private static Entry expression(String text) {
        String prefix = "";
        String labels = text;
        if (text.startsWith("+.")) {
            prefix = "(?:.+\\.)?";
            labels = text.substring(2);
        } else if (text.startsWith(".")) {
            prefix = ".+\\.";
            labels = text.substring(1);
        }
        String[] parts = labels.split("\\.", -1);
        StringBuilder regex = new StringBuilder("^").append(prefix);
        for (int i = 0; i < parts.length; i++) {
            regex.append(i == 0 ? "" : "\\.").append(label(text, parts[i]));
        }
        return Entry.of(EntryKind.DOMAIN_REGEX, regex.append('$').toString());
    }

    private static String label(String text, String label) {
        if (label.equals("*")) {
            return LABEL;
        }
        if (label.indexOf('*') >= 0) {
            throw new IllegalArgumentException(
                    "\"" + text + "\": a * stands for a whole label here (use DOMAIN-WILDCARD for parts of labels)");
        }
        return Entry.label(label);
    }
}

package dev.fenliu.app;

/** A title, and below it lines that begin with a word each. */
final class Lines {
    private final StringBuilder out;

    Lines(String title) {
        this.out = new StringBuilder(title);
    }

    void add(String word, String text) {
        out.append('\n')
                .append(String.format(java.util.Locale.ROOT, "  %-9s ", word))
                .append(text);
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

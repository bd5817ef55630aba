package dev.fenliu.route.list;

/** A line of Surge's DOMAIN-SET: a leading dot means the name and all below, unlike in Clash. */
final class DomainSetLine implements LineSyntax {
    @Override
    public void read(String line, int number, Entries out) {
        String text = line.strip();
        if (text.isEmpty() || ClassicalLine.isComment(text)) {
            return;
        }
        String name = ClassicalLine.withoutComment(text);
        if (name.startsWith(".")) {
            out.add(EntryKind.DOMAIN_SUFFIX, name.substring(1), number);
        } else {
            out.add(EntryKind.DOMAIN, name, number);
        }
    }
}

package dev.fenliu.route.list;

/** One name, network or rule a line, each recognised by itself; the entries of Clash's lists are such lines, too. */
final class TextLine implements LineSyntax {
    @Override
    public void read(String line, int number, Entries out) {
        String text = line.stripLeading();
        if (text.isEmpty() || ClassicalLine.isComment(text)) {
            return;
        }
        if (ClassicalLine.isRule(text)) {
            ClassicalLine.rule(text, number, out);
        } else {
            item(ClassicalLine.withoutComment(text), number, out);
        }
    }

    static void item(String text, int number, Entries out) {
        if (ClassicalLine.isRule(text)) {
            ClassicalLine.rule(text, number, out);
            return;
        }
        Cidr cidr = mayBeNetwork(text) ? Cidr.parse(text) : null;
        if (cidr != null) {
            out.add(new Entry(EntryKind.IP_CIDR, cidr.toString()), false, number);
            return;
        }
        ClashDomain.read(text, number, out);
    }

    private static boolean mayBeNetwork(String text) {
        char last = text.isEmpty() ? 'x' : text.charAt(text.length() - 1);
        return last >= '0' && last <= '9' || text.indexOf(':') >= 0;
    }
}

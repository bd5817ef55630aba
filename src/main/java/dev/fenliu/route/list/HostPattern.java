package dev.fenliu.route.list;

/**
 * The part of a pattern for URLs that is about the host: labels with {@code *} for any run of characters, bound to the
 * start of the name, to the start of a label, or to nothing, and to its end or not.
 */
record HostPattern(String body, Start start, boolean end) {
    /** Where a pattern may begin. */
    enum Start {
        NAME,
        LABEL,
        ANYWHERE
    }

    void add(boolean except, int line, Entries out) {
        if (body.indexOf('*') < 0) {
            plain(except, line, out);
        } else if (body.startsWith("*.") && body.indexOf('*', 1) < 0) {
            out.add(EntryKind.DOMAIN_BELOW, body.substring(2), except, line); // what all who write *.x want
        } else {
            String open = body + (end || body.endsWith("*") ? "" : "*");
            boolean anywhere = start == Start.ANYWHERE && !body.startsWith("*");
            out.add(EntryKind.DOMAIN_WILDCARD, anywhere ? "*" + open : open, except, line);
            if (start == Start.LABEL && !body.startsWith("*")) {
                out.add(EntryKind.DOMAIN_WILDCARD, "*." + open, except, line);
            }
        }
    }

    private void plain(boolean except, int line, Entries out) {
        switch (start) {
            case LABEL -> {
                if (body.endsWith(".") && !end) { // ||ads. names ads.example.org and ads.example.net
                    new HostPattern(body + "*", start, true).add(except, line, out);
                } else {
                    out.add(EntryKind.DOMAIN_SUFFIX, body, except, line);
                }
            }
            case NAME -> {
                if (end) {
                    out.add(EntryKind.DOMAIN, body, except, line);
                } else {
                    out.add(EntryKind.DOMAIN_WILDCARD, body + "*", except, line);
                }
            }
            case ANYWHERE -> {
                if (body.startsWith(".") && end) {
                    out.add(EntryKind.DOMAIN_BELOW, body.substring(1), except, line);
                } else if (end) {
                    out.add(EntryKind.DOMAIN_WILDCARD, "*" + body, except, line);
                } else if (isName()) {
                    out.add(EntryKind.DOMAIN, body, except, line);
                } else {
                    out.add(EntryKind.DOMAIN_KEYWORD, body, except, line);
                }
            }
        }
    }

    private boolean isName() {
        return body.indexOf('.') > 0 && !body.endsWith(".");
    }
}

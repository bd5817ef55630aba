package dev.fenliu.route.list;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of one rule of sing-box while it is read: destinations, of which one must hold, and other groups, of
 * which each must hold by one of its members. Not thread-safe.
 */
final class SingBoxConditions implements SingBoxRule {
    /** A destination as the file has it: an entry, or a range of addresses. */
    private record Destination(
            EntryKind kind,
            String text,
            @Nullable InetAddress from,
            @Nullable InetAddress to,
            int line) {}

    private static final char APEX_AND_BELOW = '\n';
    private static final char BELOW = '\r';
    private static final int MAX_DESTINATIONS = 2 << 20;
    private static final int MAX_JOINED = 2000;

    private final List<SuccinctTrie> tries = new ArrayList<>();
    private final List<Destination> destinations = new ArrayList<>();
    private final List<String> ports = new ArrayList<>();
    private final List<String> sourcePorts = new ArrayList<>();
    private final List<String> sources = new ArrayList<>();
    private final List<String> networks = new ArrayList<>();
    private final List<String> processes = new ArrayList<>();
    private @Nullable String unknown;
    private boolean invert;
    private int line;

    /** Names as binary rule-sets keep them; they are unpacked only when they are handed on. */
    void names(SuccinctTrie trie) {
        tries.add(trie);
    }

    void destination(EntryKind kind, String text, int at) {
        put(destinations, new Destination(kind, text, null, null, at), MAX_DESTINATIONS);
    }

    void destination(InetAddress from, InetAddress to) {
        put(destinations, new Destination(EntryKind.IP_CIDR, "", from, to, 0), MAX_DESTINATIONS);
    }

    /** A suffix; with a leading dot it means the names below only. */
    void suffix(String text, int at) {
        Destination suffix = suffixOf(text, at);
        destination(suffix.kind(), suffix.text(), at);
    }

    private static Destination suffixOf(String text, int at) {
        return text.startsWith(".")
                ? new Destination(EntryKind.DOMAIN_BELOW, text.substring(1), null, null, at)
                : new Destination(EntryKind.DOMAIN_SUFFIX, text, null, null, at);
    }

    /** A port, or a range {@code a:b}, {@code :b} or {@code a:}. */
    void port(String text) {
        put(ports, range(text), MAX_JOINED);
    }

    void sourcePort(String text) {
        put(sourcePorts, range(text), MAX_JOINED);
    }

    void source(String network) {
        Cidr cidr = Cidr.parse(network);
        if (cidr == null) {
            unknown("a source of \"" + network + "\"");
        } else {
            put(sources, "SRC-IP-CIDR," + cidr, MAX_JOINED);
        }
    }

    void source(InetAddress from, InetAddress to) {
        if (sources.size() < MAX_JOINED) {
            Cidr.covering(from, to).forEach(cidr -> source(cidr.toString()));
        } else {
            unknown("more than " + MAX_JOINED + " sources"); // a range may be hundreds of networks
        }
    }

    void network(String name) {
        if (name.equals("tcp") || name.equals("udp")) {
            put(networks, "NETWORK," + name, MAX_JOINED);
        } else {
            unknown("network " + name);
        }
    }

    void process(String name) {
        if (name.isEmpty() || name.indexOf('(') >= 0 || name.indexOf(')') >= 0 || name.indexOf(',') >= 0) {
            unknown("process_name " + name); // it would change the line around it
        } else {
            put(processes, "PROCESS-NAME," + name, MAX_JOINED);
        }
    }

    private <T> void put(List<T> list, T value, int most) {
        if (list.size() == most) {
            unknown("more than " + most + " values");
        } else {
            list.add(value);
        }
    }

    /** A condition that cannot be told here. */
    void unknown(String name) {
        unknown = unknown == null ? name : unknown;
    }

    boolean isUnknown() {
        return unknown != null;
    }

    void invert(boolean value) {
        invert = value;
    }

    void line(int value) {
        line = value;
    }

    @Override
    public int line() {
        return line;
    }

    @Override
    public void emit(Entries out) {
        boolean named = !destinations.isEmpty() || !tries.isEmpty();
        if (named && unknown == null && !invert && groups().isEmpty()) {
            each(d -> {
                if (d.from() != null && d.to() != null) {
                    out.range(d.from(), d.to(), d.line());
                } else {
                    out.add(d.kind(), d.text(), d.line());
                }
            });
            return;
        }
        SingBoxRule.emitLine(this, out);
    }

    @Override
    public String clash() {
        if (unknown != null) {
            throw new IllegalArgumentException("the condition \"" + unknown + "\" is not known here");
        }
        List<String> parts = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        each(d -> {
            hosts.addAll(lines(d));
            if (hosts.size() > MAX_JOINED) {
                throw new IllegalArgumentException("more than " + MAX_JOINED + " hosts joined with other conditions");
            }
        });
        if (!hosts.isEmpty()) {
            parts.add(SingBoxRule.combine("OR", hosts));
        }
        parts.addAll(groups());
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a rule without conditions");
        }
        String joined = SingBoxRule.combine("AND", parts);
        return invert ? SingBoxRule.negate(joined) : joined;
    }

    private void each(Consumer<Destination> sink) {
        for (SuccinctTrie trie : tries) {
            trie.each(BELOW, APEX_AND_BELOW, name -> {
                boolean marked = name.charAt(0) == APEX_AND_BELOW || name.charAt(0) == BELOW;
                // After BELOW comes the dot that says so.
                sink.accept(
                        marked
                                ? suffixOf(name.substring(1), 0)
                                : new Destination(EntryKind.DOMAIN, name, null, null, 0));
            });
        }
        destinations.forEach(sink);
    }

    private List<String> groups() {
        List<String> groups = new ArrayList<>();
        if (!ports.isEmpty()) {
            groups.add("DST-PORT," + String.join("/", ports));
        }
        if (!sourcePorts.isEmpty()) {
            groups.add("SRC-PORT," + String.join("/", sourcePorts));
        }
        for (List<String> group : List.of(sources, networks, processes)) {
            if (!group.isEmpty()) {
                groups.add(SingBoxRule.combine("OR", group));
            }
        }
        return groups;
    }

    private static List<String> lines(Destination d) {
        if (d.from() != null && d.to() != null) {
            return Cidr.covering(d.from(), d.to()).stream()
                    .map(cidr -> "IP-CIDR," + cidr)
                    .toList();
        }
        Entry entry = Entry.of(d.kind(), d.text());
        return List.of(
                switch (entry.kind()) {
                    case DOMAIN -> "DOMAIN," + entry.value();
                    case DOMAIN_SUFFIX -> "DOMAIN-SUFFIX," + entry.value();
                    case DOMAIN_BELOW -> "DOMAIN-WILDCARD,*." + entry.value();
                    case DOMAIN_KEYWORD -> "DOMAIN-KEYWORD," + entry.value();
                    case DOMAIN_REGEX -> "DOMAIN-REGEX," + closed(entry.value());
                    case IP_CIDR -> "IP-CIDR," + entry.value();
                    default -> throw new IllegalArgumentException("\"" + d.text() + "\" joined with other conditions");
                });
    }

    /** An expression whose parentheses fit each other, as those of the line around it must. */
    private static String closed(String regex) {
        int depth = 0;
        for (int i = 0; i < regex.length() && depth >= 0; i++) {
            char c = regex.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            }
        }
        if (depth != 0) {
            throw new IllegalArgumentException("the expression \"" + regex + "\" joined with other conditions");
        }
        return regex;
    }

    private String range(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return number(text, 0);
        }
        return number(text.substring(0, colon), 1) + "-" + number(text.substring(colon + 1), 65535);
    }

    private String number(String text, int otherwise) {
        if (text.isEmpty()) {
            return Integer.toString(otherwise);
        }
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65535) {
                return Integer.toString(port);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        unknown("port " + text);
        return "0";
    }
}

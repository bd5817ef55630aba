package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.util.Set;

/** A hosts file that blocks: an address that leads nowhere, and the names, which mean themselves alone. */
final class HostsLine implements LineSyntax {
    private static final Set<String> SINKS = Set.of("0.0.0.0", "127.0.0.1", "::", "::1", "0", "127.0.0.0", "127.1");
    private static final Set<String> OWN = Set.of(
            "localhost",
            "localhost.localdomain",
            "local",
            "broadcasthost",
            "0.0.0.0",
            "ip6-localhost",
            "ip6-loopback",
            "ip6-localnet",
            "ip6-mcastprefix",
            "ip6-allnodes",
            "ip6-allrouters",
            "ip6-allhosts");

    @Override
    public void read(String line, int number, Entries out) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
            return;
        }
        int at = word(text, 0);
        String address = text.substring(0, at);
        if (at == text.length()) {
            out.bad(number, text, "an address and names are expected");
            return;
        }
        while (at < text.length()) {
            while (isBlank(text.charAt(at))) {
                at++;
            }
            int end = word(text, at);
            String name = text.substring(at, end);
            if (!OWN.contains(name)) {
                name(address, name, number, out);
            }
            at = end;
        }
    }

    private static void name(String address, String name, int number, Entries out) {
        if (SINKS.contains(address)) {
            out.add(EntryKind.DOMAIN, name, number);
        } else if (Addresses.parse(address) == null) {
            out.bad(number, address + " " + name, "\"" + address + "\" is no address");
        } else {
            out.bad(number, address + " " + name, "the name has a real address; only 0.0.0.0, 127.0.0.1 and :: block");
        }
    }

    private static int word(String text, int from) {
        int end = from;
        while (end < text.length() && !isBlank(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}

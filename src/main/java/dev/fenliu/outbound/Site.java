package dev.fenliu.outbound;

import dev.fenliu.model.Host;
import java.util.Set;

/**
 * What hosts of one owner have in common: of a name its last two labels, or three where a country's registry sells below
 * {@code co.uk} and the like. A public suffix that this rule does not know makes strangers share a tunnel, which harms
 * nobody, so no list of them is kept.
 */
final class Site {
    private static final Set<String> REGISTRIES = Set.of(
            "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "id", "ltd", "me", "mil", "ne", "net",
            "nom", "or", "org", "plc", "sch", "web");

    private Site() {}

    static String of(Host host) {
        if (!(host instanceof Host.Name name)) {
            return host.toString();
        }
        String text = name.value();
        int last = text.lastIndexOf('.');
        int second = last < 0 ? -1 : text.lastIndexOf('.', last - 1);
        if (second < 0) {
            return text;
        }
        boolean country = text.length() - last == 3;
        if (country && REGISTRIES.contains(text.substring(second + 1, last))) {
            second = text.lastIndexOf('.', second - 1);
        }
        return text.substring(second + 1);
    }
}

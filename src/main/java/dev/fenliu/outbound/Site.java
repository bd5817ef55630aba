package dev.fenliu.outbound;

import dev.fenliu.model.Host;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What hosts of one owner have in common: of a name one label more than what anybody can register below. That is the last
 * label, or two where a country's registry sells below {@code co.uk} and the like, or what the list of the larger hosts of
 * other people's sites names, such as {@code github.io}. A public suffix that is not known makes strangers share a member,
 * which harms nobody, so it is no list of all of them.
 */
public final class Site {
    private static final Set<String> REGISTRIES = Set.of(
            "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "id", "ltd", "me", "mil", "ne", "net",
            "nom", "or", "org", "plc", "sch", "web", "asn", "firm", "geek", "govt", "idv", "ind", "info", "muni", "nhs",
            "pe", "police", "re", "res");

    /** Suffixes of two labels or more, one a line. */
    private static final Set<String> HOSTS = hosts();

    private Site() {}

    private static Set<String> hosts() {
        try (InputStream in = Site.class.getResourceAsStream("/public-suffixes.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new IllegalStateException("the jar lacks its list of public suffixes", e);
        }
    }

    /** Of an address, itself. */
    public static String of(Host host) {
        if (!(host instanceof Host.Name name)) {
            return host.toString();
        }
        String text = name.value();
        int last = text.lastIndexOf('.');
        int second = last < 0 ? -1 : text.lastIndexOf('.', last - 1);
        if (second < 0) {
            return text;
        }
        for (int dot = text.indexOf('.'), before = 0; dot < last; before = dot + 1, dot = text.indexOf('.', before)) {
            if (HOSTS.contains(text.substring(dot + 1))) {
                return text.substring(before);
            }
        }
        boolean country = text.length() - last == 3;
        if (country && REGISTRIES.contains(text.substring(second + 1, last))) {
            second = text.lastIndexOf('.', second - 1);
        }
        return text.substring(second + 1);
    }
}

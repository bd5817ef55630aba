package dev.fenliu.outbound;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A user name and a password for an upstream, and the keys of the outbounds that have them. */
public record Login(String username, Secret password) {
    private static final Key<String> USERNAME =
            Key.optional("username", Type.TEXT, "The user name for the upstream; comes with `password`.");
    private static final Key<Secret> PASSWORD =
            Key.optional("password", Type.SECRET, "The password for the upstream; comes with `username`.");

    /** For the table of a type that logs in this way. */
    public static final List<Key<?>> KEYS = List.of(USERNAME, PASSWORD);

    /** Reads the keys; problems, such as one key without the other, are reported to the section. */
    public static Optional<Login> parse(Section section) {
        if (section.has(USERNAME) != section.has(PASSWORD)) {
            Key<?> there = section.has(USERNAME) ? USERNAME : PASSWORD;
            section.problems().error(section.at(there), "\"username\" and \"password\" come together");
            return Optional.empty();
        }
        String username = section.get(USERNAME);
        Secret password = section.get(PASSWORD);
        return username == null || password == null ? Optional.empty() : Optional.of(new Login(username, password));
    }

    /** The value of a header that logs in by the Basic scheme (RFC 7617), in UTF-8. */
    public String basic() {
        byte[] pair = (username + ":" + password.value()).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }
}

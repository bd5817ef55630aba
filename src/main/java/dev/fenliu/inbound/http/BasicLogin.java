package dev.fenliu.inbound.http;

import dev.fenliu.inbound.Users;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The Basic scheme (RFC 7617) of Proxy-Authorization. */
final class BasicLogin {
    private static final String SCHEME = "basic ";

    private BasicLogin() {}

    /** The name of the user whose right password the request carries; null when it does not. */
    static @Nullable String user(HttpHead head, Users users) {
        String value = head.only("proxy-authorization");
        if (value == null || !value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String login;
        try {
            byte[] bytes = Base64.getDecoder().decode(HttpHead.trim(value.substring(SCHEME.length())));
            login = new String(bytes, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
        int colon = login.indexOf(':');
        if (colon < 0) {
            return null;
        }
        String name = login.substring(0, colon);
        return users.admits(name, login.substring(colon + 1)) ? name : null;
    }
}

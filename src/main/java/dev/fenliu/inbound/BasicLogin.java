package dev.fenliu.inbound;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What a header says that logs in by the Basic scheme (RFC 7617). */
record BasicLogin(String user, String password) {
    private static final String SCHEME = "basic ";

    /** Reads the value of an Authorization or Proxy-Authorization header; null when it is no such login. */
    static @Nullable BasicLogin parse(@Nullable String value) {
        if (value == null || !value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String login;
        try {
            byte[] bytes =
                    Base64.getDecoder().decode(value.substring(SCHEME.length()).strip());
            login = new String(bytes, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
        int colon = login.indexOf(':');
        return colon < 0 ? null : new BasicLogin(login.substring(0, colon), login.substring(colon + 1));
    }

    @Override
    public String toString() {
        return user + ":***";
    }
}

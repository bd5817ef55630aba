package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import java.util.Base64;
import java.util.regex.Pattern;

/** Checks the keys of Shadowsocks 2022 as they stand in a configuration: Base64 of exactly the right length (SIP022 2.1). */
final class KeyText {
    private static final Pattern COLON = Pattern.compile(":");

    private final Method method;
    private final Problems problems;

    KeyText(Method method, Problems problems) {
        this.method = method;
        this.problems = problems;
    }

    /** Checks the keys of a client: several have colons between them. */
    void checkChain(Secret keys, ConfigNode at, String what) {
        for (String key : COLON.split(keys.value(), -1)) {
            if (!check(key, at, what)) {
                return;
            }
        }
    }

    /** Checks a single key of a server. */
    void checkOne(Secret key, ConfigNode at, String what) {
        if (key.value().indexOf(':') >= 0) {
            problems.error(
                    at,
                    what + ": several keys with colons between them are for the client's end",
                    "here the server's key is \"password\", and those of clients stand below \"users\"");
        } else {
            check(key.value(), at, what);
        }
    }

    private boolean check(String key, ConfigNode at, String what) {
        String flaw = flaw(key);
        if (flaw.isEmpty()) {
            return true;
        }
        problems.error(
                at,
                what + ": a key of " + method + " is " + method.keyBytes() + " random bytes in Base64, and this "
                        + flaw,
                "a new one for both ends: openssl rand -base64 " + method.keyBytes());
        return false;
    }

    private String flaw(String key) {
        try {
            int length = Base64.getDecoder().decode(key).length;
            return length == method.keyBytes() ? "" : "is " + length;
        } catch (IllegalArgumentException e) {
            return "is no Base64";
        }
    }
}

package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of {@code api:} in a config. */
public final class ApiKeys {
    private static final Pattern ORIGIN =
            Pattern.compile("https?://([a-z0-9][a-z0-9.-]*|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");

    private static final Type<Optional<InetSocketAddress>> LISTEN_OR_OFF =
            Type.of("address:port, or `off`", Type.BOOLEAN.schema(), (node, what, problems) -> {
                if (node.kind() == ConfigNode.Kind.SCALAR
                        && List.of("off", "no", "false").contains(node.text())) {
                    return Optional.empty();
                }
                return Optional.ofNullable(Type.LISTEN.read(node, what, problems));
            });

    private static final Type<Secret> TOKEN_TYPE = Type.of(Type.SECRET.words(), Type.SECRET.schema(), ApiKeys::token);

    static final Key<Optional<InetSocketAddress>> LISTEN = Key.optional(
            "listen",
            LISTEN_OR_OFF,
            "Where the API listens, 127.0.0.1:9090 if absent; on another address it serves the local network too.");
    static final Key<Path> SOCKET = Key.optional(
            "socket",
            Type.PATH,
            "A Unix socket where the API listens as well, for the user who runs the program alone (Linux).");
    static final Key<Secret> TOKEN = Key.optional(
            "token",
            TOKEN_TYPE,
            "What its clients show, at least 16 characters; if absent, one is made and kept in the state folder.");
    static final Key<Secret> SWITCH_TOKEN = Key.optional(
            "switch-token",
            TOKEN_TYPE,
            "Another one, for clients that look, switch and test groups and end flows, but change no config.");
    static final Key<Secret> READ_TOKEN =
            Key.optional("read-token", TOKEN_TYPE, "Another one, for clients that only look, such as Prometheus.");
    static final Key<List<String>> ORIGINS = Key.withDefault(
            "origins",
            Type.listOf(Type.scalar("the origin of a page, https://…", ApiKeys::origin)),
            List.of(),
            "Origins of dashboards on other sites whose pages may use the API, with a token.");
    static final Key<Path> UI = Key.optional(
            "ui",
            Type.PATH,
            "A folder with a dashboard for Clash, served under /ui/ as it is when the config is loaded.");

    public static final List<Key<?>> ALL = List.of(LISTEN, SOCKET, TOKEN, SWITCH_TOKEN, READ_TOKEN, ORIGINS, UI);

    private ApiKeys() {}

    private static @Nullable Secret token(ConfigNode node, String what, Problems problems) {
        Secret token = Type.SECRET.read(node, what, problems);
        if (token == null || token.value().matches("[!-~]{16,256}")) {
            return token;
        }
        problems.error(node, what + " must have 16 to 256 characters of ASCII, and no blank");
        return null;
    }

    private static String origin(String text) {
        String origin = text.toLowerCase(Locale.ROOT);
        if (!ORIGIN.matcher(origin).matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" (expected: https://HOST or http://HOST:PORT, no path)");
        }
        return origin;
    }
}

package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Refuses a config that holds a password or key in clear while others of the machine can read it. */
final class SecretFiles {
    private SecretFiles() {}

    static void check(ConfigNode root, Path file, Protocols protocols, Problems problems) {
        ConfigNode secret = firstSecret(root, protocols);
        try {
            if (secret != null && isReadableByOthers(file)) {
                problems.error(
                        secret,
                        "a secret stands here and other users of this machine can read the file",
                        "chmod 600 " + file + ", or write ${env:NAME} or ${file:PATH} instead of the secret");
            }
        } catch (IOException e) {
            // a file that cannot be asked was read a moment ago; nothing to say
        }
    }

    static boolean isReadableByOthers(Path file) throws IOException {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            return permissions.contains(PosixFilePermission.GROUP_READ)
                    || permissions.contains(PosixFilePermission.OTHERS_READ);
        } catch (UnsupportedOperationException e) {
            return false; // no such permissions here
        }
    }

    private static @Nullable ConfigNode firstSecret(ConfigNode root, Protocols protocols) {
        ConfigNode listeners = root.get("listeners");
        for (ConfigNode listener : listeners == null ? List.<ConfigNode>of() : listeners.items()) {
            ConfigNode users = listener.get("users");
            for (ConfigNode.Entry user : users == null ? List.<ConfigNode.Entry>of() : users.entries()) {
                if (isClear(user.value())) {
                    return user.value();
                }
            }
            ConfigNode found = secretOf(listener, protocols.listeners(), type -> type.keys());
            if (found != null) {
                return found;
            }
        }
        ConfigNode api = root.get("api");
        ConfigNode token = api == null ? null : api.get(ApiKeys.TOKEN.name());
        if (token != null && isClear(token)) {
            return token;
        }
        ConfigNode subscriptions = root.get(ConfigKeys.SUBSCRIPTIONS.name());
        for (ConfigNode.Entry entry : subscriptions == null ? List.<ConfigNode.Entry>of() : subscriptions.entries()) {
            ConfigNode address = entry.value().get(ConfigKeys.SUBSCRIPTION_URL.name());
            if (address != null && isClear(address)) {
                return address;
            }
        }
        ConfigNode outbounds = root.get("outbounds");
        for (ConfigNode.Entry entry : outbounds == null ? List.<ConfigNode.Entry>of() : outbounds.entries()) {
            ConfigNode outbound = entry.value();
            ConfigNode found =
                    isSecretLink(outbound) ? outbound : secretOf(outbound, protocols.tunnels(), type -> type.keys());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Links of proxies hold a login only if there is one; all others are a secret as a whole. */
    private static boolean isSecretLink(ConfigNode outbound) {
        String text = outbound.kind() == ConfigNode.Kind.SCALAR ? outbound.text() : "";
        return text.matches("(?i)(https?|socks[45]?h?)://.*") ? text.contains("@") : text.contains("://");
    }

    private static <T> @Nullable ConfigNode secretOf(
            ConfigNode node, Map<String, T> types, java.util.function.Function<T, List<Key<?>>> keys) {
        ConfigNode name = node.get("type");
        T type = name == null ? null : types.get(name.text());
        for (Key<?> key : type == null ? List.<Key<?>>of() : keys.apply(type)) {
            ConfigNode value = key.type() == Type.SECRET ? node.get(key.name()) : null;
            if (value != null && isClear(value)) {
                return value;
            }
        }
        return null;
    }

    private static boolean isClear(ConfigNode value) {
        return value.kind() == ConfigNode.Kind.SCALAR && !value.text().startsWith("${");
    }
}

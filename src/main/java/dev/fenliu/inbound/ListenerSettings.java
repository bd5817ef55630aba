package dev.fenliu.inbound;

import dev.fenliu.config.Secret;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * What every listener has.
 *
 * @param type what {@code type:} says
 * @param name unique among listeners
 * @param users names and passwords; empty when nobody has to log in
 * @param lanTrusted whether clients of the local network need no password
 */
public record ListenerSettings(
        String type, String name, InetSocketAddress listen, Map<String, Secret> users, boolean lanTrusted) {
    public ListenerSettings {
        users = Map.copyOf(users);
    }
}

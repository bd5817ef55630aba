package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The listener type {@code shadowsocks}: the server end, for streams and datagrams on one port. */
public final class ShadowsocksListenerType implements ListenerType<ShadowsocksListenerOptions> {
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return ShadowsocksType.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(Method.KEY, ShadowsocksType.PASSWORD, ALLOW_PRIVATE);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable ShadowsocksListenerOptions parse(Section section, ListenerSettings settings) {
        Method method = section.get(Method.KEY);
        Secret password = section.get(ShadowsocksType.PASSWORD);
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        ConfigNode users = section.node().get("users");
        if (method != null && method.is2022()) {
            checkKeys(section, method, password, settings);
        } else if (users != null) {
            section.problems()
                    .error(
                            users,
                            "\"users\" in " + section.what() + ": this method of Shadowsocks knows one password and no"
                                    + " users",
                            "take a 2022 method, write \"password\", or one listener for each user");
        }
        return method == null || password == null || !section.clean()
                ? null
                : new ShadowsocksListenerOptions(method, password, allowPrivate);
    }

    private static void checkKeys(
            Section section, Method method, @Nullable Secret password, ListenerSettings settings) {
        KeyText text = new KeyText(method, section.problems());
        if (password != null) {
            text.checkOne(password, section.at(ShadowsocksType.PASSWORD), "\"password\"");
        }
        ConfigNode users = section.node().get("users");
        if (users == null) {
            return;
        }
        for (ConfigNode.Entry user : users.entries()) {
            String name = user.key().text();
            Secret key = settings.users().get(name);
            if (key != null) {
                text.checkOne(key, user.value(), "user \"" + name + "\"");
            }
        }
        Set<Secret> different = new HashSet<>(settings.users().values());
        if (different.size() < settings.users().size() || password != null && different.contains(password)) {
            section.problems()
                    .error(
                            users,
                            section.what() + ": two users have the same key, or one has the server's",
                            "Shadowsocks knows users by their keys alone");
        }
    }

    @Override
    public Acceptor open(ShadowsocksListenerOptions options, ListenerContext context) {
        return new ShadowsocksAcceptor(options, context, Clocks.system());
    }
}

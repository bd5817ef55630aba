package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.QuicTls;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The listener type {@code hysteria2}: the server end, which strangers take for a web site over HTTP/3. */
public final class Hysteria2ListenerType implements ListenerType<Hysteria2ListenerOptions> {
    private static final Key<Secret> PASSWORD = Key.optional(
            "password", Type.SECRET, "The password of all clients; one of the `users` shows NAME:PASSWORD instead.");
    private static final ServerIdentity.Keys IDENTITY = ServerIdentity.Keys.REQUIRED;
    private static final Key<Destination> FALLBACK = Key.optional(
            "fallback",
            Type.DESTINATION,
            "host:port of a plain HTTP/1.1 site that whoever is no client gets to see; without it nothing is found.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return Hysteria2Type.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(
                PASSWORD, Hysteria2Type.OBFS, IDENTITY.certificate(), IDENTITY.privateKey(), FALLBACK, ALLOW_PRIVATE);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public boolean streams() {
        return false;
    }

    @Override
    public @Nullable Hysteria2ListenerOptions parse(Section section, ListenerSettings settings) {
        Optional<Secret> password = Optional.ofNullable(section.get(PASSWORD));
        Optional<Secret> obfs = Hysteria2Type.obfs(section);
        Optional<Destination> fallback = Optional.ofNullable(section.get(FALLBACK));
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        ServerIdentity identity = IDENTITY.read(section, Settings.ALPN);
        if (password.isEmpty() && settings.users().isEmpty() && !section.has(PASSWORD)) {
            section.problems().error(section.node(), section.what() + " needs the key \"password\" or \"users\"");
        }
        Hysteria2Type.checkAvailable(section);
        return identity == null || !section.clean()
                ? null
                : new Hysteria2ListenerOptions(password, obfs, identity, fallback, allowPrivate);
    }

    @Override
    public Acceptor open(Hysteria2ListenerOptions options, ListenerContext context) throws IOException {
        QuicTls tls = QuicTls.server(
                options.identity().certificate(),
                options.identity().privateKey().value(),
                Settings.ALPN);
        tls.prepare();
        return new Hysteria2Acceptor(options, context, tls);
    }
}

package dev.fenliu.tunnel.trojan;

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
import dev.fenliu.net.ServerTls;
import dev.fenliu.transport.TransportKeys;
import dev.fenliu.transport.TransportOptions;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The listener type {@code trojan}: the server end, which strangers take for a web site. */
public final class TrojanListenerType implements ListenerType<TrojanListenerOptions> {
    /** What a site behind {@code fallback} speaks in plain text. */
    private static final List<String> ALPN = List.of("http/1.1");

    private static final Key<Secret> PASSWORD =
            Key.optional("password", Type.SECRET, "The password of all clients; `users` give each one its own.");
    private static final ServerIdentity.Keys IDENTITY = ServerIdentity.Keys.REQUIRED;
    private static final Key<Destination> FALLBACK = Key.optional(
            "fallback", Type.DESTINATION, "host:port of a plain HTTP/1.1 site that whoever is no client gets to see.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return TrojanType.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(
                PASSWORD,
                IDENTITY.certificate(),
                IDENTITY.privateKey(),
                FALLBACK,
                ALLOW_PRIVATE,
                TransportKeys.TRANSPORT);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable TrojanListenerOptions parse(Section section, ListenerSettings settings) {
        Optional<Secret> password = Optional.ofNullable(section.get(PASSWORD));
        Optional<Destination> fallback = Optional.ofNullable(section.get(FALLBACK));
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        Optional<TransportOptions> transport = Optional.ofNullable(section.get(TransportKeys.TRANSPORT));
        ServerIdentity identity = IDENTITY.read(section, alpn(transport));
        checkPasswords(section, password, settings);
        return identity == null || !section.clean()
                ? null
                : new TrojanListenerOptions(
                        password, identity.certificate(), identity.privateKey(), fallback, allowPrivate, transport);
    }

    private static List<String> alpn(Optional<TransportOptions> transport) {
        return transport.map(TransportOptions::serverAlpn).orElse(ALPN);
    }

    private static void checkPasswords(Section section, Optional<Secret> password, ListenerSettings settings) {
        if (password.isEmpty() && settings.users().isEmpty() && !section.has(PASSWORD)) {
            section.problems().error(section.node(), section.what() + " needs the key \"password\" or \"users\"");
        }
        Set<Secret> seen = new HashSet<>(settings.users().values());
        if (seen.size() < settings.users().size() || password.isPresent() && seen.contains(password.get())) {
            section.problems()
                    .error(
                            section.node(),
                            section.what() + ": two users have the same password",
                            "Trojan knows users by their passwords alone");
        }
    }

    @Override
    public Acceptor open(TrojanListenerOptions options, ListenerContext context) throws IOException {
        ServerTls tls = new ServerIdentity(options.certificate(), options.privateKey()).tls(alpn(options.transport()));
        tls.prepare();
        return new TrojanAcceptor(options, context, tls);
    }
}

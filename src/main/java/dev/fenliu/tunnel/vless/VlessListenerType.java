package dev.fenliu.tunnel.vless;

import dev.fenliu.config.ConfigNode;
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
import dev.fenliu.outbound.Uuid;
import dev.fenliu.transport.TransportKeys;
import dev.fenliu.transport.TransportOptions;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The listener type {@code vless}: the server end, which strangers take for a web site. */
public final class VlessListenerType implements ListenerType<VlessListenerOptions> {
    /** What a site behind {@code fallback} speaks in plain text. */
    private static final List<String> ALPN = List.of("http/1.1");

    private static final ServerIdentity.Keys IDENTITY = ServerIdentity.Keys.REQUIRED;
    private static final Key<Destination> FALLBACK = Key.optional(
            "fallback", Type.DESTINATION, "host:port of a plain HTTP/1.1 site that whoever is no client gets to see.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return VlessType.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(IDENTITY.certificate(), IDENTITY.privateKey(), FALLBACK, ALLOW_PRIVATE, TransportKeys.TRANSPORT);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable VlessListenerOptions parse(Section section, ListenerSettings settings) {
        Optional<Destination> fallback = Optional.ofNullable(section.get(FALLBACK));
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        Optional<TransportOptions> transport = Optional.ofNullable(section.get(TransportKeys.TRANSPORT));
        ServerIdentity identity = IDENTITY.read(section, alpn(transport));
        checkUsers(section, settings.users());
        return identity == null || !section.clean()
                ? null
                : new VlessListenerOptions(
                        identity.certificate(), identity.privateKey(), fallback, allowPrivate, transport);
    }

    private static List<String> alpn(Optional<TransportOptions> transport) {
        return transport.map(TransportOptions::serverAlpn).orElse(ALPN);
    }

    private static void checkUsers(Section section, Map<String, Secret> users) {
        ConfigNode written = section.node().get("users");
        if (users.isEmpty() && written == null) {
            section.problems().error(section.node(), section.what() + " needs the key \"users\": a UUID for each name");
        }
        Set<String> seen = new HashSet<>();
        new TreeMap<>(users).forEach((name, uuid) -> {
            ConfigNode value = written == null ? null : written.get(name);
            ConfigNode at = value == null ? section.node() : value;
            if (!Uuid.isValid(uuid)) {
                section.problems().error(at, "\"" + name + "\" in \"users\" is no UUID (" + Uuid.EXPECTED + ")");
            } else if (!seen.add(uuid.value().toLowerCase(Locale.ROOT))) {
                section.problems()
                        .error(
                                at,
                                section.what() + ": two users have the same UUID",
                                "VLESS knows users by their UUIDs alone");
            }
        });
    }

    @Override
    public Acceptor open(VlessListenerOptions options, ListenerContext context) throws IOException {
        ServerTls tls = new ServerIdentity(options.certificate(), options.privateKey()).tls(alpn(options.transport()));
        tls.prepare();
        return new VlessAcceptor(options, context, tls);
    }
}

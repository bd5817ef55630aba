package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.net.QuicTls;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TlsKeys;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code hysteria2}. */
public final class Hysteria2Type implements TunnelType<Hysteria2Options> {
    static final String NAME = "hysteria2";

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "The server's name or address and its UDP port.");
    private static final Key<Secret> PASSWORD =
            Key.required("password", Type.SECRET, "The password; for one of the `users` of a server, NAME:PASSWORD.");
    static final Key<Secret> OBFS = Key.optional(
            "obfs-password",
            Type.SECRET,
            "The key of Salamander, which makes packets look like noise; both ends must have the same.");

    private static final Duration HOP = Duration.ofSeconds(30);
    private static final Duration SHORTEST_HOP = Duration.ofSeconds(5);

    private static final Key<List<Hopping.Range>> PORTS = Key.optional(
            "ports",
            Type.scalar(Hopping.WORDS, Hopping::ports),
            "Ports that are used in turn instead of that of `server`, such as `443,5000-6000`; the server needs"
                    + " nothing but a rule of its firewall that redirects them all to its own.");
    private static final Key<Duration> HOP_INTERVAL =
            Key.withDefault("hop-interval", Type.DURATION, HOP, "How long one of `ports` is used; at least 5s.");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER, PASSWORD, OBFS, PORTS, HOP_INTERVAL));
        keys.addAll(TlsKeys.ALL);
        return List.copyOf(keys);
    }

    @Override
    public @Nullable Hysteria2Options parse(Section section) {
        Destination server = section.get(SERVER);
        Secret password = section.get(PASSWORD);
        Optional<Secret> obfs = obfs(section);
        TlsOptions tls = TlsKeys.parse(section, Settings.ALPN);
        Optional<Hopping> hopping = hopping(section);
        checkAvailable(section);
        return server == null || password == null || !section.clean()
                ? null
                : new Hysteria2Options(server, password, obfs, tls, hopping);
    }

    private static Optional<Hopping> hopping(Section section) {
        List<Hopping.Range> ports = section.get(PORTS);
        Duration every = section.value(HOP_INTERVAL);
        if (every.compareTo(SHORTEST_HOP) < 0) {
            section.problems().error(section.at(HOP_INTERVAL), "\"hop-interval\" is shorter than 5 seconds");
        }
        return ports == null ? Optional.empty() : Optional.of(new Hopping(ports, every));
    }

    static Optional<Secret> obfs(Section section) {
        Secret key = section.get(OBFS);
        if (key != null && key.value().getBytes(StandardCharsets.UTF_8).length < Salamander.MIN_KEY_BYTES) {
            section.problems()
                    .error(
                            section.at(OBFS),
                            "\"obfs-password\" is shorter than " + Salamander.MIN_KEY_BYTES + " bytes",
                            "servers refuse such a key");
        }
        return Optional.ofNullable(key);
    }

    static void checkAvailable(Section section) {
        if (section.clean() && !Settings.available()) {
            section.problems()
                    .error(section.node(), section.what() + ": QUIC is there for Linux on x86_64 and aarch64 only");
        }
    }

    @Override
    public Outbound open(String name, Hysteria2Options options, TunnelContext context) throws IOException {
        QuicTls tls = QuicTls.client(options.tls());
        tls.prepare();
        return new Hysteria2Outbound(name, options, context.server(), tls);
    }
}

package dev.fenliu.tunnel.vmess;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TlsKeys;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.outbound.Upstream;
import dev.fenliu.outbound.Uuid;
import dev.fenliu.transport.ClientTransport;
import dev.fenliu.transport.TransportKeys;
import dev.fenliu.transport.TransportOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code vmess}. */
public final class VmessType implements TunnelType<VmessOptions> {
    static final String NAME = "vmess";

    /** What browsers offer. */
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "The server's name or address and its port.");
    private static final Key<Security> SECURITY = Key.withDefault(
            "security",
            security(),
            Security.AES_128_GCM,
            "What protects the payload: `auto` is `aes-128-gcm`, and `none` is for use with `tls: true` alone.");
    private static final Key<Integer> ALTER_ID =
            Key.withDefault("alter-id", alterId(), 0, "0: no other one is supported.");
    private static final Key<Boolean> TLS =
            Key.withDefault("tls", Type.BOOLEAN, false, "Whether the server is reached by TLS.");

    private static Type<Security> security() {
        Map<String, Security> names = new LinkedHashMap<>();
        names.put("auto", Security.AES_128_GCM);
        names.put("aes-128-gcm", Security.AES_128_GCM);
        names.put("chacha20-poly1305", Security.CHACHA20_POLY1305);
        names.put("none", Security.NONE);
        return Type.choice(names);
    }

    private static Type<Integer> alterId() {
        return Type.integer(0, 65_535).checked(number -> {
            if (number != 0) {
                throw new IllegalArgumentException(
                        "not supported: it belongs to requests of before 2020, which anybody on"
                                + " the way could probe; the server must take 0");
            }
            return number;
        });
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys =
                new ArrayList<>(List.of(SERVER, Uuid.KEY, SECURITY, ALTER_ID, TLS, TransportKeys.TRANSPORT));
        keys.addAll(TlsKeys.ALL);
        return List.copyOf(keys);
    }

    @Override
    public @Nullable VmessOptions parse(Section section) {
        Destination server = section.get(SERVER);
        Secret uuid = section.get(Uuid.KEY);
        Security security = section.value(SECURITY);
        section.get(ALTER_ID);
        boolean secured = section.value(TLS);
        Optional<TransportOptions> transport = Optional.ofNullable(section.get(TransportKeys.TRANSPORT));
        TlsOptions tls = TlsKeys.parse(section, ALPN);
        TlsOptions offered = transport.map(it -> tls.offering(it.alpn())).orElse(tls);
        if (!secured) {
            TlsKeys.ALL.stream()
                    .filter(section::has)
                    .forEach(key -> section.problems()
                            .error(section.at(key), "\"" + key.name() + "\" has a meaning with \"tls: true\" alone"));
        }
        if (!secured && !security.seals()) {
            section.problems()
                    .error(
                            section.at(SECURITY),
                            "\"security\": none of the payload would be encrypted",
                            "write \"tls: true\" if the server has TLS, or leave \"security\" away");
        }
        return server == null || uuid == null || !section.clean()
                ? null
                : new VmessOptions(
                        server, uuid, security, secured ? Optional.of(offered) : Optional.empty(), transport);
    }

    @Override
    public Outbound open(String name, VmessOptions options, TunnelContext context) throws IOException {
        Optional<ClientTls> tls = Optional.empty();
        if (options.tls().isPresent()) {
            tls = Optional.of(new ClientTls(options.tls().get()));
            tls.get().prepare();
        }
        Optional<ClientTransport> transport = ClientTransport.of(options.transport(), options.tls(), options.server());
        Upstream upstream = Upstream.ofStreams(name, options.server(), context.server(), tls, transport);
        return new VmessOutbound(
                upstream,
                new UserKey(options.uuid()),
                options.security(),
                () -> Instant.now().getEpochSecond());
    }
}

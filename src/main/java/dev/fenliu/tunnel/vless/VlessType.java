package dev.fenliu.tunnel.vless;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code vless}. */
public final class VlessType implements TunnelType<VlessOptions> {
    static final String NAME = "vless";

    /** What browsers offer. */
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "The server's name or address and its port.");
    private static final Key<String> FLOW = Key.optional("flow", flow(), "Nothing: no flow is supported.");

    private static Type<String> flow() {
        return Type.scalar("none", text -> {
            if (!text.isEmpty() && !text.equals("none")) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" is not supported: it splices the records of the inner"
                                + " TLS into the connection, below ours; the server must have a user without a flow");
            }
            return text;
        });
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER, Uuid.KEY, FLOW, TransportKeys.TRANSPORT));
        keys.addAll(TlsKeys.ALL);
        return List.copyOf(keys);
    }

    @Override
    public @Nullable VlessOptions parse(Section section) {
        Destination server = section.get(SERVER);
        Secret uuid = section.get(Uuid.KEY);
        section.get(FLOW);
        Optional<TransportOptions> transport = Optional.ofNullable(section.get(TransportKeys.TRANSPORT));
        TlsOptions tls = TlsKeys.parse(section, ALPN);
        TlsOptions offered = transport.map(it -> tls.offering(it.alpn())).orElse(tls);
        return server == null || uuid == null || !section.clean()
                ? null
                : new VlessOptions(server, uuid, offered, transport);
    }

    @Override
    public Outbound open(String name, VlessOptions options, TunnelContext context) throws IOException {
        ClientTls tls = new ClientTls(options.tls());
        tls.prepare();
        Optional<ClientTransport> transport =
                ClientTransport.of(options.transport(), Optional.of(options.tls()), options.server());
        Upstream upstream = Upstream.ofStreams(name, options.server(), context.server(), Optional.of(tls), transport);
        return new VlessOutbound(upstream, options.uuid());
    }
}

package dev.fenliu.tunnel.trojan;

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
import dev.fenliu.transport.ClientTransport;
import dev.fenliu.transport.TransportKeys;
import dev.fenliu.transport.TransportOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code trojan}. */
public final class TrojanType implements TunnelType<TrojanOptions> {
    static final String NAME = "trojan";

    /** What browsers offer. */
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "The server's name or address and its port.");
    private static final Key<Secret> PASSWORD =
            Key.required("password", Type.SECRET, "The password; both ends must have the same.");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER, PASSWORD, TransportKeys.TRANSPORT));
        keys.addAll(TlsKeys.ALL);
        return List.copyOf(keys);
    }

    @Override
    public @Nullable TrojanOptions parse(Section section) {
        Destination server = section.get(SERVER);
        Secret password = section.get(PASSWORD);
        Optional<TransportOptions> transport = Optional.ofNullable(section.get(TransportKeys.TRANSPORT));
        TlsOptions tls = TlsKeys.parse(section, ALPN);
        TlsOptions offered = transport.map(it -> tls.offering(it.alpn())).orElse(tls);
        return server == null || password == null || !section.clean()
                ? null
                : new TrojanOptions(server, password, offered, transport);
    }

    @Override
    public Outbound open(String name, TrojanOptions options, TunnelContext context) throws IOException {
        ClientTls tls = new ClientTls(options.tls());
        tls.prepare();
        Optional<ClientTransport> transport =
                ClientTransport.of(options.transport(), Optional.of(options.tls()), options.server());
        Upstream upstream = Upstream.ofStreams(name, options.server(), context.server(), Optional.of(tls), transport);
        return new TrojanOutbound(upstream, options.password());
    }
}

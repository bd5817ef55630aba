package dev.fenliu.tunnel.https2;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TlsKeys;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.outbound.Upstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code https2}. */
public final class Https2Type implements TunnelType<Https2Options> {
    static final String NAME = "https2";

    /** What browsers offer; the server must take the first. */
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "Host and port of the HTTP/2 proxy.");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER));
        keys.addAll(Login.KEYS);
        keys.addAll(TlsKeys.ALL);
        return List.copyOf(keys);
    }

    @Override
    public @Nullable Https2Options parse(Section section) {
        Destination server = section.get(SERVER);
        Optional<Login> login = Login.parse(section);
        TlsOptions tls = TlsKeys.parse(section, ALPN);
        if (server == null || !section.clean()) {
            return null;
        }
        try {
            return new Https2Options(server, login, tls);
        } catch (IllegalArgumentException e) {
            section.problems().error(section.node(), section.what() + ": " + e.getMessage());
            return null;
        }
    }

    @Override
    public Outbound open(String name, Https2Options options, TunnelContext context) throws IOException {
        ClientTls tls = new ClientTls(options.tls());
        tls.prepare();
        Upstream upstream = new Upstream(name, options.server(), context.server(), Optional.of(tls));
        return new Https2Outbound(upstream, options.login());
    }
}

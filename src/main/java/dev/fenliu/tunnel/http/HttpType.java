package dev.fenliu.tunnel.http;

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

/** The outbound types {@code http} and {@code https}, which differ in TLS only. */
public final class HttpType implements TunnelType<HttpOptions> {
    /** An HTTP proxy by plain TCP. */
    public static final HttpType HTTP = new HttpType("http", false);

    /** An HTTP proxy inside TLS. */
    public static final HttpType HTTPS = new HttpType("https", true);

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "Host and port of the HTTP proxy.");
    private static final List<String> ALPN = List.of("http/1.1");

    private final String name;
    private final boolean secure;

    private HttpType(String name, boolean secure) {
        this.name = name;
        this.secure = secure;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER));
        keys.addAll(Login.KEYS);
        if (secure) {
            keys.addAll(TlsKeys.ALL);
        }
        return keys;
    }

    @Override
    public @Nullable HttpOptions parse(Section section) {
        Destination server = section.get(SERVER);
        Optional<Login> login = Login.parse(section);
        Optional<TlsOptions> tls = secure ? Optional.of(TlsKeys.parse(section, ALPN)) : Optional.empty();
        if (server == null || !section.clean()) {
            return null;
        }
        try {
            return new HttpOptions(server, login, tls);
        } catch (IllegalArgumentException e) {
            section.problems().error(section.node(), section.what() + ": " + e.getMessage());
            return null;
        }
    }

    @Override
    public Outbound open(String outbound, HttpOptions options, TunnelContext context) throws IOException {
        Optional<ClientTls> tls = options.tls().isPresent()
                ? Optional.of(new ClientTls(options.tls().get()))
                : Optional.empty();
        tls.ifPresent(ClientTls::prepare);
        return new HttpOutbound(new Upstream(outbound, options.server(), context.server(), tls), options.login());
    }
}

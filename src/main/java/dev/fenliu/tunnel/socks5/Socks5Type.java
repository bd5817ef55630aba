package dev.fenliu.tunnel.socks5;

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

/** The outbound type {@code socks5}. */
public final class Socks5Type implements TunnelType<Socks5Options> {
    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "Host and port of the SOCKS server.");
    private static final Key<Boolean> TLS =
            Key.withDefault("tls", Type.BOOLEAN, false, "Speak SOCKS inside TLS; carries no UDP then.");

    @Override
    public String name() {
        return "socks5";
    }

    @Override
    public List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>(List.of(SERVER, TLS));
        keys.addAll(Login.KEYS);
        keys.addAll(TlsKeys.ALL);
        return keys;
    }

    @Override
    public @Nullable Socks5Options parse(Section section) {
        Destination server = section.get(SERVER);
        Optional<Login> login = Login.parse(section);
        boolean secure = section.value(TLS);
        if (!secure) {
            for (Key<?> key : TlsKeys.ALL) {
                if (section.has(key)) {
                    section.problems().error(section.at(key), "\"" + key.name() + "\" needs \"tls: true\"");
                }
            }
        }
        Optional<TlsOptions> tls = secure ? Optional.of(TlsKeys.parse(section, List.of())) : Optional.empty();
        if (server == null || !section.clean()) {
            return null;
        }
        try {
            return new Socks5Options(server, login, tls);
        } catch (IllegalArgumentException e) {
            section.problems().error(section.node(), section.what() + ": " + e.getMessage());
            return null;
        }
    }

    @Override
    public Outbound open(String name, Socks5Options options, TunnelContext context) throws IOException {
        Optional<ClientTls> tls = options.tls().isPresent()
                ? Optional.of(new ClientTls(options.tls().get()))
                : Optional.empty();
        tls.ifPresent(ClientTls::prepare);
        return new Socks5Outbound(new Upstream(name, options.server(), context.server(), tls), options.login());
    }
}

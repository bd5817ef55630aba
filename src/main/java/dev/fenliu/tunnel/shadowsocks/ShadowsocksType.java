package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code shadowsocks}. */
public final class ShadowsocksType implements TunnelType<ShadowsocksOptions> {
    static final String NAME = "shadowsocks";

    /** The password of either end. */
    static final Key<Secret> PASSWORD = Key.required(
            "password",
            Type.SECRET,
            "The password, or for a 2022 method the key in Base64; both ends must have the same.");

    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "The server's name or address and its port.");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(SERVER, Method.KEY, PASSWORD);
    }

    @Override
    public @Nullable ShadowsocksOptions parse(Section section) {
        Destination server = section.get(SERVER);
        Method method = section.get(Method.KEY);
        Secret password = section.get(PASSWORD);
        if (method != null && method.is2022() && password != null) {
            new KeyText(method, section.problems()).checkChain(password, section.at(PASSWORD), "\"password\"");
        }
        return server == null || method == null || password == null || !section.clean()
                ? null
                : new ShadowsocksOptions(server, method, password);
    }

    @Override
    public Outbound open(String name, ShadowsocksOptions options, TunnelContext context) {
        return new ShadowsocksOutbound(name, options, context, Clocks.system());
    }
}

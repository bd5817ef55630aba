package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.util.Map;

/** Both ends of the tunnel as a program would run them. */
public record ShadowsocksEnds(Loopback here) {
    public static final String PASSWORD = "a password of the test";

    /** A server end for streams and datagrams; its port. */
    public int server(String method) throws Exception {
        ShadowsocksListenerOptions options =
                new ShadowsocksListenerOptions(method(method), new Secret(PASSWORD), false);
        return here.serve(new ShadowsocksListenerType().open(options, here.listener(ShadowsocksType.NAME, Map.of())));
    }

    /** A client end. */
    public Outbound client(String method, String password, int server) {
        ShadowsocksOptions options =
                new ShadowsocksOptions(Loopback.local(server), method(method), new Secret(password));
        return new ShadowsocksType().open("vps", options, here.context());
    }

    private static Method method(String label) {
        for (Method method : Method.values()) {
            if (method.toString().equals(label)) {
                return method;
            }
        }
        throw new AssertionError(label);
    }
}

package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/** Both ends of the tunnel as a program would run them. */
public record ShadowsocksEnds(Loopback here) {
    public static final String PASSWORD = "a password of the test";

    /** What both ends have: a key of the right length for the 2022 methods, else {@link #PASSWORD}. */
    public static String password(String method) {
        return method(method).is2022() ? key(method, 1) : PASSWORD;
    }

    /** A key in Base64 that is all {@code fill}. */
    static String key(String method, int fill) {
        byte[] key = new byte[method(method).keyBytes()];
        Arrays.fill(key, (byte) fill);
        return Base64.getEncoder().encodeToString(key);
    }

    /** A server end for streams and datagrams; its port. */
    public int server(String method) throws Exception {
        return server(method, Map.of());
    }

    /** The same with users. */
    public int server(String method, Map<String, Secret> users) throws Exception {
        ShadowsocksListenerOptions options =
                new ShadowsocksListenerOptions(method(method), new Secret(password(method)), false);
        return here.serve(new ShadowsocksListenerType().open(options, here.listener(ShadowsocksType.NAME, users)));
    }

    /** A client end with the server's password. */
    public Outbound client(String method, int server) {
        return client(method, password(method), server);
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

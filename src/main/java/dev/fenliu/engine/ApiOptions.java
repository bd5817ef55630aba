package dev.fenliu.engine;

import dev.fenliu.config.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The control API as the config wants it.
 *
 * @param listen where; empty for nowhere
 * @param asked whether the config says where: an address that nobody asked for may be taken
 * @param token what its clients show; empty for one that is made at the first start
 */
public record ApiOptions(Optional<InetSocketAddress> listen, boolean asked, Optional<Secret> token) {
    private static final int PORT = 9090;

    /** Of a config that does not speak of it: 127.0.0.1:9090. */
    public static final ApiOptions DEFAULT = new ApiOptions(
            Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT)), false, Optional.empty());
}

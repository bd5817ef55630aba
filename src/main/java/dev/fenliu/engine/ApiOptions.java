package dev.fenliu.engine;

import dev.fenliu.config.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The control API as the config wants it.
 *
 * @param listen where; empty for nowhere
 * @param asked whether the config says where: an address that nobody asked for may be taken
 * @param socket a Unix socket beside it
 * @param tokens what its clients show
 * @param origins of pages of others that may use it, in lower case
 * @param ui a folder that is served as it is
 */
public record ApiOptions(
        Optional<InetSocketAddress> listen,
        boolean asked,
        Optional<Path> socket,
        Tokens tokens,
        List<String> origins,
        Optional<Path> ui) {
    private static final int PORT = 9090;

    /**
     * What clients show.
     *
     * @param admin for all; empty for one that is made at the first start
     * @param switching for those who change no config
     * @param reading for those who only look
     */
    public record Tokens(Optional<Secret> admin, Optional<Secret> switching, Optional<Secret> reading) {
        static final Tokens NONE = new Tokens(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Of a config that does not speak of it: 127.0.0.1:9090. */
    public static final ApiOptions DEFAULT = new ApiOptions(
            Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT)),
            false,
            Optional.empty(),
            Tokens.NONE,
            List.of(),
            Optional.empty());
}

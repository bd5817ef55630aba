package dev.fenliu.tunnel.socks5;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Login;
import io.netty.buffer.ByteBufUtil;
import java.util.Optional;

/**
 * What a {@code socks5} outbound needs to know.
 *
 * @param tls how to speak TLS to the server; empty for plain TCP
 */
record Socks5Options(Destination server, Optional<Login> login, Optional<TlsOptions> tls) {
    private static final int LONGEST = 255; // RFC 1929 section 2

    /** @throws IllegalArgumentException if the user name or password does not fit into the protocol */
    Socks5Options {
        login.ifPresent(it -> {
            length("username", it.username());
            length("password", it.password().value());
        });
    }

    private static void length(String what, String text) {
        int length = ByteBufUtil.utf8Bytes(text);
        if (length < 1 || length > LONGEST) {
            throw new IllegalArgumentException("\"" + what + "\" has " + length + " bytes (SOCKS takes 1 to 255)");
        }
    }
}

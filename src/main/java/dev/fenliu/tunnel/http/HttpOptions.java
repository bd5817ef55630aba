package dev.fenliu.tunnel.http;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Login;
import java.util.Optional;

/**
 * What an {@code http} or {@code https} outbound needs to know.
 *
 * @param tls how to speak TLS to the server; empty for plain TCP
 */
record HttpOptions(Destination server, Optional<Login> login, Optional<TlsOptions> tls) {
    /** @throws IllegalArgumentException if the user name does not fit into the protocol (RFC 7617 section 2) */
    HttpOptions {
        if (login.isPresent() && login.get().username().indexOf(':') >= 0) {
            throw new IllegalArgumentException("\"username\" holds a colon, which Basic authentication cannot carry");
        }
    }
}

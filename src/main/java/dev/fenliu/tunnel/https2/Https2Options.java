package dev.fenliu.tunnel.https2;

import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Login;
import java.util.Optional;

/** What an {@code https2} outbound needs to know. */
public record Https2Options(Destination server, Optional<Login> login, TlsOptions tls) {
    /** Checks the login. @throws IllegalArgumentException if the user name does not fit into the protocol (RFC 7617 section 2) */
    public Https2Options {
        if (login.isPresent() && login.get().username().indexOf(':') >= 0) {
            throw new IllegalArgumentException("\"username\" holds a colon, which Basic authentication cannot carry");
        }
    }
}

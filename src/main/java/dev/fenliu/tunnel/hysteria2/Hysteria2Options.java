package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import java.util.Optional;

/**
 * What a Hysteria 2 outbound is configured with.
 *
 * @param password as the server wants it: for users often {@code name:password}
 * @param obfs the key of Salamander
 * @param hopping the ports that stand in for that of {@code server}
 */
public record Hysteria2Options(
        Destination server, Secret password, Optional<Secret> obfs, TlsOptions tls, Optional<Hopping> hopping) {
    /** One that stays at the port of {@code server}. */
    Hysteria2Options(Destination server, Secret password, Optional<Secret> obfs, TlsOptions tls) {
        this(server, password, obfs, tls, Optional.empty());
    }
}

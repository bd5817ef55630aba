package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.transport.TransportOptions;
import java.util.Optional;

/** What a Trojan outbound is configured with. */
public record TrojanOptions(
        Destination server, Secret password, TlsOptions tls, Optional<TransportOptions> transport) {}

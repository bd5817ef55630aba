package dev.fenliu.tunnel.vless;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.transport.TransportOptions;
import java.util.Optional;

/** What a VLESS outbound is configured with. */
public record VlessOptions(Destination server, Secret uuid, TlsOptions tls, Optional<TransportOptions> transport) {}

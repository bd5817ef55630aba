package dev.fenliu.tunnel.vmess;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.transport.TransportOptions;
import java.util.Optional;

/** What a VMess outbound is configured with. */
public record VmessOptions(
        Destination server,
        Secret uuid,
        Security security,
        Optional<TlsOptions> tls,
        Optional<TransportOptions> transport) {}

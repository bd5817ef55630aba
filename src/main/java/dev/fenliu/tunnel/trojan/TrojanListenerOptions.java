package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.transport.TransportOptions;
import java.util.Optional;

/**
 * What a Trojan listener is configured with, beside its users. Certificate and key are the contents of their files, so
 * that a renewed certificate makes other options.
 *
 * @param certificate PEM chain
 * @param privateKey PEM
 * @param fallback the site that strangers see
 * @param transport what carries the clients' streams above TLS, if not the connections themselves
 */
public record TrojanListenerOptions(
        Optional<Secret> password,
        String certificate,
        Secret privateKey,
        Optional<Destination> fallback,
        boolean allowPrivate,
        Optional<TransportOptions> transport) {}

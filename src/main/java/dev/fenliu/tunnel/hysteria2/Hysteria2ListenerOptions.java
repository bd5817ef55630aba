package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import java.util.Optional;

/**
 * What a Hysteria 2 listener is configured with, beside its users. The identity is the contents of its files, so that a
 * renewed certificate makes other options.
 *
 * @param obfs the key of Salamander
 * @param fallback the site that strangers see
 */
public record Hysteria2ListenerOptions(
        Optional<Secret> password,
        Optional<Secret> obfs,
        ServerIdentity identity,
        Optional<Destination> fallback,
        boolean allowPrivate) {}

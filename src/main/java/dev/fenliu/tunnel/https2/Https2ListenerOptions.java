package dev.fenliu.tunnel.https2;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import java.util.Optional;

/**
 * What an {@code https2} listener is configured with, beside its users.
 *
 * @param password of all clients, with any user name
 * @param identity the contents of the files, so that a renewed certificate makes other options
 * @param fallback the site that strangers see
 * @param challengeHost whoever asks for it is asked for a login
 */
public record Https2ListenerOptions(
        Optional<Secret> password,
        ServerIdentity identity,
        Optional<Destination> fallback,
        Optional<Secret> challengeHost,
        boolean allowPrivate) {}

package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of the outbound: it logs in by a key, a password, or else by an agent.
 *
 * @param passphrase of {@code privateKey}
 * @param agent its socket; only without key and password
 * @param knownHosts keys of servers as {@code ssh} keeps them
 */
record SshOptions(
        Destination server,
        String username,
        Optional<Path> privateKey,
        Optional<Secret> passphrase,
        Optional<Secret> password,
        Optional<Path> agent,
        Path knownHosts) {}

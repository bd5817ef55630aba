package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.Secret;

/**
 * What an SSH listener is configured with, beside its users: contents of files, so that a changed one makes other options.
 *
 * @param privateKey the server's own
 * @param authorizedKeys as {@code sshd} keeps them; may be empty
 */
record SshListenerOptions(Secret privateKey, String authorizedKeys, boolean allowPrivate) {}

/**
 * The tunnel that every rented machine has: a channel {@code direct-tcpip} of an SSH connection (RFC 4254 section 7.2) for
 * each stream. Apache MINA SSHD speaks the protocol; its connections and channels are joined to Netty's here.
 */
@NullMarked
package dev.fenliu.tunnel.ssh;

import org.jspecify.annotations.NullMarked;

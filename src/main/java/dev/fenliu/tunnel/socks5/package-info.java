/** The client end of SOCKS version 5 (RFC 1928, RFC 1929), TCP and UDP, plain or inside TLS. */
@NullMarked
package dev.fenliu.tunnel.socks5;

import org.jspecify.annotations.NullMarked;

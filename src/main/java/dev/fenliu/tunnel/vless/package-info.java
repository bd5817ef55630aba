/** The VLESS protocol, both ends: behind TLS, a user's id and an address in front of a plain stream or of framed datagrams. */
@NullMarked
package dev.fenliu.tunnel.vless;

import org.jspecify.annotations.NullMarked;

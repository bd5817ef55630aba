/** The Trojan protocol, both ends: behind TLS, a key and an address in front of a plain stream or of framed datagrams. */
@NullMarked
package dev.fenliu.tunnel.trojan;

import org.jspecify.annotations.NullMarked;

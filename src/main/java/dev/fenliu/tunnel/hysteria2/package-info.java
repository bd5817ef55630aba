/**
 * The Hysteria 2 protocol, both ends: a QUIC connection that looks like HTTP/3, on which streams and datagrams are carried
 * once an HTTP/3 request has shown the password. Only Linux has the native library that it needs.
 */
@NullMarked
package dev.fenliu.tunnel.hysteria2;

import org.jspecify.annotations.NullMarked;

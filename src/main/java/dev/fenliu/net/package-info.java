/**
 * The only Netty plumbing: the seams {@link dev.fenliu.net.Dialer} and {@link dev.fenliu.net.Resolver}, the relay and its
 * pumps, end of stream, TLS by BoringSSL or by Java, SOCKS addresses, time limits, and address racing.
 */
@NullMarked
package dev.fenliu.net;

import org.jspecify.annotations.NullMarked;

/** The only Netty plumbing: the seams {@link dev.fenliu.net.Dialer} and {@link dev.fenliu.net.Resolver}, the relay, end of stream, TLS, and address racing. */
@NullMarked
package dev.fenliu.net;

import org.jspecify.annotations.NullMarked;

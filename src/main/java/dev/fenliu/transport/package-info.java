/**
 * What a tunnel's stream is dressed in between TLS and the tunnel's own handshake, at both ends: WebSocket (RFC 6455),
 * a bare HTTP upgrade (RFC 9110 section 7.8), a request of HTTP/2 (RFC 9113) or a gRPC call, so that it passes web servers
 * and content delivery networks. Knows no
 * tunnel; {@link dev.fenliu.transport.ClientTransport} and {@link dev.fenliu.transport.ServerTransport} are the ways in.
 */
@NullMarked
package dev.fenliu.transport;

import org.jspecify.annotations.NullMarked;

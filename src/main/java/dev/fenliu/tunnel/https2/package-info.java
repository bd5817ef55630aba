/**
 * HTTP/2 CONNECT inside TLS, both ends (RFC 9113 section 8.5), with Basic authentication: a stream of a shared connection
 * for each flow, UDP by CONNECT-UDP (RFC 9298). Whoever does not log in finds a web site.
 */
@NullMarked
package dev.fenliu.tunnel.https2;

import org.jspecify.annotations.NullMarked;

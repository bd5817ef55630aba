/** The client end of HTTP proxies: CONNECT (RFC 9110 section 9.3.6) over HTTP/1.1, plain or inside TLS. */
@NullMarked
package dev.fenliu.tunnel.http;

import org.jspecify.annotations.NullMarked;

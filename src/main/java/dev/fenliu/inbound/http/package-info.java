/** The HTTP proxy: CONNECT, and plain HTTP forwarded byte for byte as far as strictness allows (RFC 9110, 9112, 9209). */
@NullMarked
package dev.fenliu.inbound.http;

import org.jspecify.annotations.NullMarked;

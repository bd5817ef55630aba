/** HTTP/2 (RFC 9113) as a carrier of streams of bytes: connections, shared by many streams, of both ends. */
@NullMarked
package dev.fenliu.net.http2;

import org.jspecify.annotations.NullMarked;

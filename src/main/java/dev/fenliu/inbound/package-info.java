/** Ways in: listeners, who may use them, and what a client handshake hands upward. */
@NullMarked
package dev.fenliu.inbound;

import org.jspecify.annotations.NullMarked;

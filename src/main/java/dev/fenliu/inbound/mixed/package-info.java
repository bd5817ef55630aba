/** One port for several protocols, told apart by the first bytes of a client. */
@NullMarked
package dev.fenliu.inbound.mixed;

import org.jspecify.annotations.NullMarked;

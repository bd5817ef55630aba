/** Immutable values that every layer talks about: hosts, destinations, flows and why one failed. No Netty, no I/O. */
@NullMarked
package dev.fenliu.model;

import org.jspecify.annotations.NullMarked;

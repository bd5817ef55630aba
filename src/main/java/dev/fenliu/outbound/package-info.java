/** Ways out: the contract of an outbound and of a tunnel type, direct, and groups that pick among others. */
@NullMarked
package dev.fenliu.outbound;

import org.jspecify.annotations.NullMarked;

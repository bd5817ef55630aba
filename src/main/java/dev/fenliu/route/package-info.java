/** Rules compiled to a pure matcher, readers of rule-set formats, lint and explanations. No Netty, no I/O while matching, no clock, no locks. */
@NullMarked
package dev.fenliu.route;

import org.jspecify.annotations.NullMarked;

/** One generation of everything built from a configuration, the sessions that serve flows on it, and the reload that swaps it. */
@NullMarked
package dev.fenliu.engine;

import org.jspecify.annotations.NullMarked;

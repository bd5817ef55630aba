/**
 * What survives a restart: files that are always whole. Knows nothing of what is in them.
 */
@NullMarked
package dev.fenliu.state;

import org.jspecify.annotations.NullMarked;

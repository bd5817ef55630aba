/** The command line: the composition root, the catalog of protocols, signals, and all that prints. */
@NullMarked
package dev.fenliu.app;

import org.jspecify.annotations.NullMarked;

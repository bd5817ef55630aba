/** The control API: what the running program tells those who hold its token. It reads the engine. */
@NullMarked
package dev.fenliu.control;

import org.jspecify.annotations.NullMarked;

/** YAML text read into a tree that knows file, line and column, typed keys, and the list of everything that is wrong. Knows no protocol. */
@NullMarked
package dev.fenliu.config;

import org.jspecify.annotations.NullMarked;

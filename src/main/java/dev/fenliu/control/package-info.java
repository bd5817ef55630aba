/**
 * The control API: what the running program tells those who hold its token, and browsers without one: how they find the
 * proxy. It reads the engine, and steers it by a handful of methods; the packages below are its parts.
 */
@NullMarked
package dev.fenliu.control;

import org.jspecify.annotations.NullMarked;

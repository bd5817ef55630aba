/**
 * The HTTP server of the control API: who may ask, which route answers, bodies, and feeds. It knows nothing of the proxy.
 */
@NullMarked
package dev.fenliu.control.http;

import org.jspecify.annotations.NullMarked;

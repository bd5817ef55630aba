/**
 * Finds the addresses of names: hosts, the cache of wire-format answers, and the upstream resolvers over UDP, TCP, DNS
 * over TLS and DNS over HTTPS; and answers the queries of DNS clients from the same. Everything that waits runs on one event loop; the cache is read from any thread.
 */
@NullMarked
package dev.fenliu.dns;

import org.jspecify.annotations.NullMarked;

/**
 * Clients that know of no proxy, on Linux: the kernel hands their traffic over (TPROXY, REDIRECT), and the address that
 * they spoke to is the destination. They cannot log in, so whoever the kernel's rules send is served if it is of a network
 * that this machine belongs to.
 */
@NullMarked
package dev.fenliu.inbound.transparent;

import org.jspecify.annotations.NullMarked;

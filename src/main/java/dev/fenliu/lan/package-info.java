/**
 * What is known of the devices of the local network: their hardware addresses from the system's neighbour table, their
 * names from the leases of DHCP servers. What devices say of themselves is hostile input.
 */
@NullMarked
package dev.fenliu.lan;

import org.jspecify.annotations.NullMarked;

/**
 * SOCKS 4, 4a and 5 for clients: CONNECT and UDP ASSOCIATE, with user and password if the listener has users. No
 * command is read before the client has logged in; a UDP association belongs to one client and ends with its connection.
 */
@NullMarked
package dev.fenliu.inbound.socks;

import org.jspecify.annotations.NullMarked;

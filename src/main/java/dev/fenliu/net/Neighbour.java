package dev.fenliu.net;

import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.time.Duration;

/**
 * An entry of the system's neighbour table: a machine on one of our links.
 *
 * @param address without a zone
 * @param seen how long ago it was last known to be there
 */
public record Neighbour(InetAddress address, Mac mac, Duration seen) {}

package dev.fenliu.model;

import java.util.Optional;

/**
 * What is known of the machine that a flow comes from.
 *
 * @param name its host name as it told the DHCP server, normalised
 * @param complete whether what is absent does not exist; if not, it could not be found out
 */
public record Device(Optional<Mac> mac, Optional<String> name, boolean complete) {
    /** This machine itself, which is no device of the network. */
    public static final Device HERE = new Device(Optional.empty(), Optional.empty(), true);

    /** One of which nothing could be found out. */
    public static final Device UNKNOWN = new Device(Optional.empty(), Optional.empty(), false);
}

package dev.fenliu.route;

import java.util.Set;

/**
 * The names that rules may use.
 *
 * @param targets outbounds and groups, {@code direct} and {@code block} among them
 * @param users names of all listeners' users
 * @param protocols what the first bytes of a flow can be recognised as
 * @param databases what the configured GeoIP files can tell
 * @param leases whether the names of devices are known
 */
public record Scope(
        Set<String> targets,
        Set<String> ruleSets,
        Set<String> listeners,
        Set<String> users,
        Set<String> protocols,
        Set<GeoKind> databases,
        boolean leases) {
    /** What the lines of a list may use: no name of the configuration. */
    static Scope ofList(Geo geo) {
        return new Scope(Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), geo.kinds(), false);
    }
}

package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import java.io.IOException;
import java.util.Optional;

/**
 * An outbound as the config wants it.
 *
 * @param via the outbound or group that carries it to its server
 * @param at its keys, where the config says them
 * @param subscription the one that lists it; empty for the config's own
 */
record OutboundPlan<O>(
        String name,
        TunnelType<O> type,
        O options,
        Optional<String> via,
        ConfigNode at,
        Optional<String> subscription) {
    Outbound open(TunnelContext context) throws IOException {
        return type.open(name, options, context);
    }

    /** The same by another name. */
    OutboundPlan<O> named(String other) {
        return other.equals(name) ? this : new OutboundPlan<>(other, type, options, via, at, subscription);
    }
}

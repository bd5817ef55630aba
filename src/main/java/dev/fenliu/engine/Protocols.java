package dev.fenliu.engine;

import dev.fenliu.inbound.ListenerType;
import dev.fenliu.outbound.TunnelType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The protocols that the program has, by the name that {@code type:} uses. */
public record Protocols(Map<String, TunnelType<?>> tunnels, Map<String, ListenerType<?>> listeners) {
    /** From lists, in the order of the reference. */
    public static Protocols of(List<TunnelType<?>> tunnels, List<ListenerType<?>> listeners) {
        Map<String, TunnelType<?>> outs = new LinkedHashMap<>();
        tunnels.forEach(type -> outs.put(type.name(), type));
        Map<String, ListenerType<?>> ins = new LinkedHashMap<>();
        listeners.forEach(type -> ins.put(type.name(), type));
        return new Protocols(outs, ins);
    }
}

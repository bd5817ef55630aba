package dev.fenliu.tally;

import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import java.util.Optional;

/**
 * Where a client went.
 *
 * @param flow the last that did
 * @param name what the first bytes named, when the client gave but an address
 * @param count how many flows did, since there was none for a day
 */
public record Visit(Flow flow, Optional<Host.Name> name, int count) {
    /** One flow. */
    public static Visit of(FlowView view) {
        boolean address = view.flow().destination().host() instanceof Host.Address;
        return new Visit(view.flow(), view.name().filter(any -> address), 1);
    }

    /** The host that rules were asked about. */
    public Host host() {
        return name.<Host>map(known -> known).orElse(flow.destination().host());
    }

    Visit with(int more) {
        return new Visit(flow, name, count + more);
    }
}

package dev.fenliu.tally;

import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Host;
import java.time.Instant;

/**
 * A host that flows did not get to by one way, or got nothing back from, each time since it last worked.
 *
 * @param last the latest of these flows
 * @param code why, as {@link FlowView.End#code}, or {@code no-answer}
 * @param count of these flows
 * @param time when that one ended
 */
public record Trouble(FlowView last, String code, int count, Instant time) {
    /** The host that rules were asked about. */
    public Host host() {
        return Visit.of(last).host();
    }
}

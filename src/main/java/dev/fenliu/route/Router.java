package dev.fenliu.route;

import dev.fenliu.model.Flow;

/** Matches flows against the rules of one configuration. Pure: no I/O, no clock, no locks. Safe for concurrent use. */
public interface Router {
    /** The first rule that matches decides. */
    Verdict match(Question question);

    /**
     * Whether the first bytes of the flow could change the decision: a rule asks for the protocol, or the destination
     * is a bare address while rules name hosts.
     */
    boolean wantsFirstBytes(Flow flow);
}

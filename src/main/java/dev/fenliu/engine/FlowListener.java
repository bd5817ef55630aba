package dev.fenliu.engine;

import dev.fenliu.model.Flow;
import dev.fenliu.route.Decision;

/**
 * Is told of the life of every flow, on the flow's event loop: {@code opened}, then at most once {@code routed} and
 * {@code connected}, then always exactly one {@code closed}; and of answers to DNS clients. Must not block or throw.
 */
public interface FlowListener {
    /** A listener that cares for nothing. */
    FlowListener NONE = new FlowListener() {};

    default void opened(Flow flow) {}

    default void routed(Flow flow, Decision decision) {}

    default void connected(FlowView flow) {}

    /**
     * Now and then of a flow that runs.
     *
     * @param up payload bytes from the client since this was last called for the flow, as {@code down} to it
     */
    default void moved(FlowView flow, long up, long down) {}

    /**
     * The end.
     *
     * @param up payload bytes of which {@link #moved} has not told, as {@code down}
     */
    default void closed(FlowView flow, long up, long down) {}

    /** A DNS client has got its answer. */
    default void answered(NameView query) {}

    /** Tells two listeners, one after the other. */
    static FlowListener both(FlowListener first, FlowListener second) {
        return new FlowListener() {
            @Override
            public void opened(Flow flow) {
                first.opened(flow);
                second.opened(flow);
            }

            @Override
            public void routed(Flow flow, Decision decision) {
                first.routed(flow, decision);
                second.routed(flow, decision);
            }

            @Override
            public void connected(FlowView flow) {
                first.connected(flow);
                second.connected(flow);
            }

            @Override
            public void moved(FlowView flow, long up, long down) {
                first.moved(flow, up, down);
                second.moved(flow, up, down);
            }

            @Override
            public void closed(FlowView flow, long up, long down) {
                first.closed(flow, up, down);
                second.closed(flow, up, down);
            }

            @Override
            public void answered(NameView query) {
                first.answered(query);
                second.answered(query);
            }
        };
    }
}

package dev.fenliu.engine;

import java.util.concurrent.atomic.LongAdder;

/** Counts the flows that reached something, those whose way failed them, and what all have moved. Safe for concurrent use. */
final class Fates implements FlowListener {
    private final LongAdder connected = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder up = new LongAdder();
    private final LongAdder down = new LongAdder();

    @Override
    public void connected(FlowView flow) {
        connected.increment();
    }

    @Override
    public void moved(FlowView flow, long sent, long received) {
        up.add(sent);
        down.add(received);
    }

    @Override
    public void closed(FlowView flow, long sent, long received) {
        moved(flow, sent, received);
        ended.increment();
        boolean never = flow.timing().opened() == FlowView.Timing.UNKNOWN;
        if (never && flow.end().filter(FlowView.End::failed).isPresent()) {
            failed.increment();
        }
    }

    /** Since the start; of those that run, what they have told. */
    Traffic traffic() {
        return new Traffic(up.sum(), down.sum(), ended.sum());
    }

    /** Since the start. */
    long flows() {
        return connected.sum() + failed.sum();
    }

    /** Those that reached nothing, through no fault of the client and by no rule. */
    long failures() {
        return failed.sum();
    }
}

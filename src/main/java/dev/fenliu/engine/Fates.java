package dev.fenliu.engine;

import java.util.concurrent.atomic.LongAdder;

/** Counts the flows that reached something, and those whose way failed them. Safe for concurrent use. */
final class Fates implements FlowListener {
    private final LongAdder connected = new LongAdder();
    private final LongAdder failed = new LongAdder();

    @Override
    public void connected(FlowView flow) {
        connected.increment();
    }

    @Override
    public void closed(FlowView flow, long up, long down) {
        boolean never = flow.timing().opened() == FlowView.Timing.UNKNOWN;
        if (never && flow.end().filter(end -> end.by() == FlowView.By.UPSTREAM).isPresent()) {
            failed.increment();
        }
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

package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Flow;
import dev.fenliu.route.Decision;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Writes down what a flow listener is told. */
final class RecordedEvents implements FlowListener {
    final Queue<Flow> opened = new ConcurrentLinkedQueue<>();
    final Queue<Decision> routed = new ConcurrentLinkedQueue<>();
    final Queue<String> connected = new ConcurrentLinkedQueue<>();
    /** Bytes, up and down in turn. */
    final Queue<Long> moved = new ConcurrentLinkedQueue<>();

    final Queue<Long> untold = new ConcurrentLinkedQueue<>();
    final Queue<FlowView> closed = new ConcurrentLinkedQueue<>();

    @Override
    public void opened(Flow flow) {
        opened.add(flow);
    }

    @Override
    public void routed(Flow flow, Decision decision) {
        routed.add(decision);
    }

    @Override
    public void connected(FlowView flow) {
        connected.add(flow.way());
    }

    @Override
    public void moved(FlowView flow, long up, long down) {
        moved.add(up);
        moved.add(down);
    }

    @Override
    public void closed(FlowView outcome, long up, long down) {
        untold.add(up);
        untold.add(down);
        closed.add(outcome);
    }

    /** How the only flow ended. */
    FlowView outcome() {
        assertThat(closed).hasSize(1);
        return closed.element();
    }

    List<String> ends() {
        return closed.stream().map(FlowView::ending).toList();
    }

    /** Every flow that was opened was closed, once. */
    void assertBalanced() {
        assertThat(closed.stream().map(outcome -> outcome.flow().id()))
                .containsExactlyInAnyOrderElementsOf(
                        opened.stream().map(Flow::id).toList());
    }
}

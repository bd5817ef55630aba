package dev.fenliu.engine;

import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.route.Decision;
import java.time.Duration;
import java.util.Optional;

/**
 * Is told of the life of every flow, on the flow's event loop: {@code opened}, then at most once {@code routed} and
 * {@code connected}, then always exactly one {@code closed}. Must not block or throw.
 */
public interface FlowListener {
    /**
     * How a flow ended.
     *
     * @param name the host that was decided about, when the client gave but an address and it is known
     * @param path group and outbounds that carried it, such as {@code ai/vps}; the target alone when nothing connected
     * @param up payload bytes from the client
     * @param down payload bytes to the client
     * @param end {@code ok}, or why it ended otherwise, in words
     */
    record Outcome(
            Flow flow,
            Optional<Host.Name> name,
            String place,
            String path,
            long up,
            long down,
            Duration time,
            String end) {}

    /** A listener that cares for nothing. */
    FlowListener NONE = new FlowListener() {};

    default void opened(Flow flow) {}

    default void routed(Flow flow, Decision decision) {}

    default void connected(Flow flow, String path) {}

    default void closed(Outcome outcome) {}
}

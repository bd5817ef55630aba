package dev.fenliu.engine;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.net.Resolver;
import dev.fenliu.outbound.Outbound;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;

/**
 * The engine for tests of what stands in front of it: everything goes to one way out, but {@code blocked.test} is blocked
 * by a rule. The listener is {@code in}; 127.0.0.1:7890 counts as a listener of the proxy.
 */
public final class RealEngine {
    private static final String RULES = """
            rules:
              - {domain-suffix: blocked.test, to: block}
              - {to: direct}
            """;

    private final RecordedEvents events = new RecordedEvents();
    private final Engine engine;

    private RealEngine(boolean remote, Outbound way) {
        Resolver none = (name, loop) -> {
            throw new AssertionError(name + " was looked up");
        };
        InetAddress here = InetAddress.getLoopbackAddress();
        Guards guards = new Guards(
                Map.of("in", remote ? Guards.Role.REMOTE : Guards.Role.LOCAL),
                Set.of(new InetSocketAddress(here, 7890)),
                Set.of(here));
        Generation generation = Built.generation(1, RULES, Map.of("direct", way), none, none);
        engine = new Engine(generation.withGuards(guards), events, System::nanoTime);
    }

    /** For clients of this machine. */
    public static RealEngine local(Outbound way) {
        return new RealEngine(false, way);
    }

    /** For users of a tunnel's server end, who may not reach private addresses. */
    public static RealEngine remote(Outbound way) {
        return new RealEngine(true, way);
    }

    public FlowHandler handler() {
        return engine.handler();
    }

    /** How many flows run. */
    public int running() {
        return engine.running();
    }

    /** How many flows there were. */
    public int flows() {
        return events.opened.size();
    }

    /** Every flow that was opened was closed, once. */
    public void assertBalanced() {
        events.assertBalanced();
    }
}

package dev.fenliu.engine;

import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import dev.fenliu.route.RuleRef;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A flow as it was at a moment. Of one that runs, what another thread saw: the newest bytes and steps may be missing.
 *
 * @param start by the clock of the wall
 * @param name the host that was decided about when the client gave but an address, or the one that its first bytes claim
 * @param rule what decided
 * @param path group, …, outbound; the target alone until something has connected, empty before a rule decided
 * @param address what this machine connected to: the origin, or the server of a tunnel that has a connection for this flow
 * @param up payload bytes from the client
 * @param down payload bytes to the client
 */
public record FlowView(
        Flow flow,
        Instant start,
        Optional<Host.Name> name,
        Optional<RuleRef> rule,
        List<String> path,
        Optional<SocketAddress> address,
        long up,
        long down,
        Timing timing,
        Optional<End> end) {
    /** How far a flow is. */
    public enum State {
        /** Not connected yet. */
        OPENING,
        OPEN,
        CLOSED
    }

    /**
     * How a flow ended.
     *
     * @param code {@code ok}, or why it ended otherwise: one of a few words such as {@code client-gone} and
     *     {@code tunnel-down}
     * @param text the same in words
     * @param failed whether something went wrong on its way: neither the client wanted the end, nor a rule, a limit or
     *     somebody here
     */
    public record End(String code, String text, Ender by, boolean failed) {
        static End ok(Ender by) {
            return new End("ok", "ok", by, false);
        }

        static End of(Closing why) {
            return new End(why.code(), why.text(), Ender.US, false);
        }

        static End of(Failure failure) {
            boolean failed = switch (failure.by()) {
                case CLIENT -> false;
                case UPSTREAM -> true;
                case US ->
                    switch (failure.kind()) {
                        case BLOCKED, FORBIDDEN, LOOP, OVERLOADED, UNSUPPORTED -> false;
                        default -> true;
                    };
            };
            return new End(Reason.of(failure).code(), failure.text(), failure.by(), failed);
        }
    }

    /**
     * What a flow spent its time with, in nanoseconds; {@link #UNKNOWN} for what has not happened, or not for it alone, as
     * connections that flows share.
     *
     * @param queue from when the client was accepted until its request was read; known of the first on a connection
     * @param dns until the addresses of the next hop were known
     * @param connect until the next hop took the connection
     * @param opened the handshakes of the tunnel after that, and what its far end does
     * @param firstByte from the client's first bytes, or the connection if the other side speaks first, to the first
     *     byte from there
     * @param total since the request was read
     */
    public record Timing(long queue, long dns, long connect, long opened, long firstByte, long total) {
        /** Not known. */
        public static final long UNKNOWN = -1;

        /** Of a flow that was refused at once. */
        public static final Timing NONE = new Timing(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 0);
    }

    /** How far it is. */
    public State state() {
        if (end.isPresent()) {
            return State.CLOSED;
        }
        return timing.opened() == Timing.UNKNOWN ? State.OPENING : State.OPEN;
    }

    /** {@code file:line} of the rule; {@code -} before one has decided. */
    public String place() {
        return rule.map(RuleRef::place).orElse("-");
    }

    /** The path in one word, such as {@code ai/vps}. */
    public String way() {
        return path.isEmpty() ? "-" : String.join("/", path);
    }

    /** The outbound at the end of the path; {@code -} before a rule has decided. */
    public String outbound() {
        return path.isEmpty() ? "-" : path.get(path.size() - 1);
    }

    /** How it ended, in words; {@code -} while it runs. */
    public String ending() {
        return end.map(End::text).orElse("-");
    }

    /** How long it has lasted. */
    public Duration time() {
        return Duration.ofNanos(timing.total());
    }
}

package dev.fenliu.outbound;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/** Says which members a group may use by what is known of their far ends. Safe for concurrent use. */
@FunctionalInterface
public interface ExitGuard {
    /**
     * Why a member may not be used, in words; empty when it may. Asks first if that is not known, or was long ago.
     *
     * @return completes on {@code loop} and does not fail
     */
    Future<Optional<String>> objection(Outbound member, EventLoop loop);

    /** The same by what is known already; asks nobody, and changes nothing. */
    default Optional<String> known(Outbound member) {
        return Optional.empty();
    }
}

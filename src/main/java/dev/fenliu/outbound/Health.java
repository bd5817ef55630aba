package dev.fenliu.outbound;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import dev.fenliu.net.Dial;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What real flows and checks have seen of the outbounds lately, by name; outlives a reload. Thread-safe. */
public final class Health {
    /**
     * How an outbound does.
     *
     * @param failure why it does not work, while that is the latest news
     * @param ailing whether groups prefer others for the time being
     * @param connect until its server has answered, the median of the latest
     * @param answer from what a flow sends first to what comes back first, the median of the latest
     */
    public record Vitals(
            Optional<Reason> failure, boolean ailing, Optional<Duration> connect, Optional<Duration> answer) {}

    private static final Reason SLOW = new Reason("slow", "slower than others by far");

    private final LongSupplier nanos;
    private final History history;
    private final Map<String, Pulse> pulses = new ConcurrentHashMap<>();

    /** @param nanos a monotonic clock in nanoseconds */
    public Health(LongSupplier nanos) {
        this(nanos, new History(() -> Instant.ofEpochSecond(0, nanos.getAsLong())));
    }

    /**
     * With a history.
     *
     * @param nanos a monotonic clock in nanoseconds
     * @param history where everything is written down
     */
    public Health(LongSupplier nanos, History history) {
        this.nanos = nanos;
        this.history = history;
    }

    /** How the outbounds did over time. */
    public History history() {
        return history;
    }

    private Pulse pulse(String outbound) {
        return pulses.computeIfAbsent(outbound, any -> new Pulse(history.of(outbound)));
    }

    long now() {
        return nanos.getAsLong();
    }

    /** How an outbound does. */
    public Vitals vitals(String outbound) {
        Pulse pulse = pulse(outbound);
        return new Vitals(pulse.failure(now()), pulse.ails(now()), pulse.connect(), pulse.answer());
    }

    /** Whether others are to be preferred: it failed within its last rest. A group ails when all its members do. */
    public boolean ails(Outbound outbound) {
        return outbound instanceof Group group
                ? group.order().stream().allMatch(this::ails)
                : pulse(outbound.name()).ails(now());
    }

    /** Whether a check is worth while although flows use it, or is due because it has rested. */
    public boolean inDoubt(String outbound) {
        return pulse(outbound).inDoubt(now());
    }

    /** Whether flows have used it within that time. */
    public boolean usedWithin(String outbound, Duration time) {
        return pulse(outbound).usedWithin(time, now());
    }

    /** A flow wants it, whether or not it may have it. */
    public void wanted(String outbound) {
        pulse(outbound).wanted(now());
    }

    /** Whether flows have wanted it within that time. */
    public boolean wantedWithin(String outbound, Duration time) {
        return pulse(outbound).wantedWithin(time, now());
    }

    /** Whether it has failed since then, by the monotonic clock. */
    public boolean failedSince(String outbound, long time) {
        return pulse(outbound).failedSince(time);
    }

    /** What the latest check found wrong with its answer. */
    public Optional<String> fault(String outbound, Check check) {
        return pulse(outbound).fault(check);
    }

    /** How long its answers to checks take, the median of the latest. */
    public Optional<Duration> delay(String outbound, Check check) {
        return pulse(outbound).delay(check);
    }

    /** How long ago it answered a check. */
    public Optional<Duration> checked(String outbound, Check check) {
        return pulse(outbound).checked(check, now());
    }

    /**
     * A check was answered: the outbound works.
     *
     * @param delay until the answer began
     * @param fault what is wrong with the answer
     */
    public void answered(String outbound, Check check, Duration delay, Optional<String> fault) {
        Pulse pulse = pulse(outbound);
        pulse.attempted();
        pulse.checked(now(), check, delay, fault);
    }

    /**
     * A check was not answered.
     *
     * @param connected whether the outbound had connected before
     */
    public void unanswered(String outbound, Reason why, boolean connected) {
        Pulse pulse = pulse(outbound);
        pulse.attempted();
        pulse.failed(now(), why, connected);
    }

    /** Forgets what is not of these outbounds or checks. */
    public void keep(Set<String> outbounds, Set<Check> checks) {
        pulses.keySet().retainAll(outbounds);
        history.keep(outbounds);
        pulses.values().forEach(pulse -> pulse.keep(checks));
    }

    /** A flow begins to open its way through an outbound. */
    Attempt attempt(String outbound) {
        return new Attempt(pulse(outbound));
    }

    /** One opening of a way. Confined to the flow's event loop; the last call is one of those that say how it ended. */
    final class Attempt {
        private final Pulse pulse;
        private final long started = now();
        private boolean reached;

        private Attempt(Pulse pulse) {
            this.pulse = pulse;
            pulse.used(started);
            pulse.attempted();
        }

        /** Its server has answered; the rest is up to the origin. */
        void reached() {
            if (!reached) {
                reached = true;
                pulse.connected(Duration.ofNanos(now() - started));
            }
        }

        /** It had a connection already: that took no time, and proves nothing. */
        void connectedBefore() {
            reached = true;
        }

        boolean hasReached() {
            return reached;
        }

        /** By the fault of the outbound. */
        void failed(Failure why) {
            pulse.failed(now(), Reason.of(why), false);
        }

        /** One that began later has connected. */
        void beaten() {
            if (!reached) {
                pulse.failed(now(), SLOW, false);
            }
        }
    }

    /** Opens a way and takes note of how that goes. */
    public <T> Future<T> watch(String outbound, Dial dial, Function<Dial, Future<T>> open) {
        Attempt attempt = attempt(outbound);
        Future<T> opening = open.apply(dial.reaching(attempt::reached));
        if (opening.isSuccess()) {
            attempt.connectedBefore();
        }
        return opening.addListener(done -> {
            if (done.isSuccess()) {
                attempt.reached();
            } else if (!done.isCancelled() && isFaultOfOutbound(Failure.of(done.cause()))) {
                attempt.failed(Failure.of(done.cause()));
            }
        });
    }

    /** Whether a failure tells of the outbound, rather than of the origin. */
    static boolean isFaultOfOutbound(Failure failure) {
        return switch (failure.kind()) {
            case TUNNEL_DOWN, TUNNEL_PROTOCOL, TUNNEL_CERTIFICATE, UNSUPPORTED, NETWORK_UNREACHABLE -> true;
            default -> false;
        };
    }

    /** A flow runs through an outbound. */
    public Exchange exchange(String outbound, Host host) {
        return new Exchange(pulse(outbound), host);
    }

    /** What a flow gets for what it sends. Confined to its event loop. */
    public final class Exchange {
        private final Pulse pulse;
        private final Host host;
        private Pulse.@Nullable Waiting waiting;
        private boolean answered;
        private long answeredAt;

        private Exchange(Pulse pulse, Host host) {
            this.pulse = pulse;
            this.host = host;
        }

        /** The client's first bytes have left. */
        public void asked() {
            if (!answered) {
                waiting = pulse.asked(now(), host);
            }
        }

        /** The first bytes have come back. */
        public void answered() {
            answered = true;
            answeredAt = now();
            if (waiting != null) {
                pulse.answered(now(), waiting);
                waiting = null;
            }
        }

        /**
         * The flow has ended.
         *
         * @param byUs by its client or ourselves, rather than by the other side
         * @param up payload bytes from the client
         * @param down payload bytes to the client
         */
        public void ended(boolean byUs, long up, long down) {
            if (waiting != null) {
                pulse.gaveUp(now(), waiting, byUs);
                waiting = null;
            } else if (answered) {
                pulse.carried(now(), up, down, Duration.ofNanos(now() - answeredAt));
            }
        }
    }
}

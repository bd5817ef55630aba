package dev.fenliu.control.clash;

import dev.fenliu.route.RuleRef;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What dashboards ask of the program beside its proxy. Safe for concurrent use. */
public interface Core {
    /**
     * Bytes since the program began.
     *
     * @param memory what the program's own objects take, in bytes
     */
    record Totals(long up, long down, long memory) {}

    /** How often a rule has decided, and when last. */
    record Hits(long count, Optional<Instant> last) {}

    /** How important a message is; each is more than those before it. */
    enum Level {
        DEBUG,
        INFO,
        WARNING,
        ERROR,
        /** Of no message. */
        SILENT
    }

    /** A message of the program. */
    record Line(Level level, String text) {}

    Totals totals();

    /** Calls {@code watcher} each second, when flows have told what they moved, until what is returned is run. */
    Runnable eachSecond(Runnable watcher);

    Optional<Hits> hits(RuleRef rule);

    /** Calls {@code reader} with each message from now on, on any thread, until what is returned is run. */
    Runnable readLog(Consumer<Line> reader);

    /**
     * Reads the config anew.
     *
     * @return does not fail; why it was refused, in words, with the places of what is wrong
     */
    Future<Optional<String>> reload(EventLoop loop);

    /**
     * Makes a group use one of its members.
     *
     * @param member null to leave it to the group again
     * @return why not, in words
     */
    Optional<String> select(String group, @Nullable String member);

    /**
     * Asks the server of a subscription for news now; one of this machine has none, and is always fresh.
     *
     * @return does not fail; why that came to nothing
     */
    Future<Optional<String>> refreshSubscription(String name, EventLoop loop);

    /** The same of a rule-set. */
    Future<Optional<String>> refreshRuleSet(String name, EventLoop loop);

    /** Forgets what resolvers have answered. */
    void forgetAnswers();
}

package dev.fenliu.control;

import dev.fenliu.control.clash.Core;
import dev.fenliu.route.RuleRef;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes down what dashboards want done. */
final class RecordedCore implements Core {
    final List<String> done = new CopyOnWriteArrayList<>();

    /** Why everything is refused; empty when it is not. */
    volatile Optional<String> refusal = Optional.empty();

    @Override
    public Totals totals() {
        return new Totals(10, 20, 50);
    }

    @Override
    public Runnable eachSecond(Runnable watcher) {
        watcher.run();
        return () -> {};
    }

    @Override
    public Optional<Hits> hits(RuleRef rule) {
        return Optional.of(new Hits(7, Optional.of(Instant.EPOCH)));
    }

    @Override
    public Runnable readLog(Consumer<Line> reader) {
        for (Level level : List.of(Level.DEBUG, Level.INFO)) {
            reader.accept(new Line(level, level.name()));
        }
        reader.accept(new Line(Level.WARNING, "careful"));
        return () -> done.add("no log");
    }

    @Override
    public Future<Optional<String>> reload(EventLoop loop) {
        done.add("reload");
        return loop.newSucceededFuture(refusal);
    }

    @Override
    public Optional<String> select(String group, @Nullable String member) {
        done.add(group + " -> " + member);
        return "nobody".equals(member) ? Optional.of("it has no such member") : Optional.empty();
    }

    @Override
    public Future<Optional<String>> refreshSubscription(String name, EventLoop loop) {
        done.add("subscription " + name);
        return loop.newSucceededFuture(refusal);
    }

    @Override
    public Future<Optional<String>> refreshRuleSet(String name, EventLoop loop) {
        done.add("rule-set " + name);
        return loop.newSucceededFuture(refusal);
    }

    @Override
    public void forgetAnswers() {
        done.add("forget answers");
    }
}

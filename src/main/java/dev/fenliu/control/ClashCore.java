package dev.fenliu.control;

import dev.fenliu.control.clash.Core;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Refreshed;
import dev.fenliu.model.Reason;
import dev.fenliu.route.RuleRef;
import dev.fenliu.tally.Amount;
import dev.fenliu.tally.LogEntry;
import dev.fenliu.tally.Ring;
import dev.fenliu.tally.Tally;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What dashboards for Clash ask of this program. */
public record ClashCore(Proxy proxy, Tally tally, Steering steering) implements Core {
    @Override
    public Totals totals() {
        Amount all = tally.totals().all();
        long memory = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Totals(all.up(), all.down(), memory);
    }

    @Override
    public Runnable eachSecond(Runnable watcher) {
        return tally.watch(watcher);
    }

    @Override
    public Optional<Hits> hits(RuleRef rule) {
        dev.fenliu.tally.Hits.Hit hit = tally.hits(rule);
        return Optional.of(new Hits(hit.count(), hit.last()));
    }

    @Override
    public Runnable readLog(Consumer<Line> reader) {
        AtomicLong seen = new AtomicLong(tally.lines().added());
        return tally.watch(() -> {
            Ring.News<LogEntry> news = tally.lines().since(seen.get());
            seen.set(news.added());
            news.items().forEach(line -> reader.accept(new Line(level(line.level()), line.message())));
        });
    }

    private static Level level(String text) {
        return switch (text) {
            case "error" -> Level.ERROR;
            case "warn" -> Level.WARNING;
            case "info" -> Level.INFO;
            default -> Level.DEBUG;
        };
    }

    @Override
    public Future<Optional<String>> reload(EventLoop loop) {
        Promise<Optional<String>> why = loop.newPromise();
        steering.reload().thenAccept(done -> why.setSuccess(refusal(done)));
        return why;
    }

    /** With the places of what is wrong. */
    private static Optional<String> refusal(Steering.Reloaded done) {
        return done.report().isPresent()
                ? Optional.empty()
                : Optional.of(Stream.concat(
                                done.refusal().stream(),
                                done.problems().stream().map(String::valueOf))
                        .collect(Collectors.joining("\n")));
    }

    @Override
    public Optional<String> select(String group, @Nullable String member) {
        return proxy.select(group, member);
    }

    @Override
    public Future<Optional<String>> refreshSubscription(String name, EventLoop loop) {
        return refresh("subscription", name, loop);
    }

    @Override
    public Future<Optional<String>> refreshRuleSet(String name, EventLoop loop) {
        return refresh("rule-set", name, loop);
    }

    /** What is on this machine is read anew with the config, and needs no refreshing. */
    private Future<Optional<String>> refresh(String what, String name, EventLoop loop) {
        Promise<Optional<String>> why = loop.newPromise();
        proxy.refresh(what + " " + name)
                .addListener((Future<Optional<Refreshed>> done) ->
                        why.setSuccess(done.getNow().flatMap(Refreshed::problem).map(Reason::text)));
        return why;
    }

    @Override
    public void forgetAnswers() {
        proxy.overview().answers().clear();
    }
}

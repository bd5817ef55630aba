package dev.fenliu.app;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.control.ClashCore;
import dev.fenliu.control.ControlServer;
import dev.fenliu.control.Steering;
import dev.fenliu.control.clash.ClashRoutes;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.rest.Counting;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.FlowListener;
import dev.fenliu.engine.FlowLog;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Reception;
import dev.fenliu.engine.Traffic;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Question;
import dev.fenliu.tally.Tally;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy as a long-running program: start, reload at HUP or when a file changes, drain at TERM, end at the second
 * TERM. One thread, the one that calls {@link #untilStopped}, does all of it; signals and the file watch only tell it.
 */
final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);
    private static final long RELOAD_SECONDS = 10;

    private enum Told {
        RELOAD,
        STOP,
        /** Another process serves in our place. */
        HANDED_OVER
    }

    private ConfigSource source;
    private final EventLoopGroup loops;
    private final FlowLog flows = new FlowLog();
    private final Tally tally;
    private final LogLines lines;
    private final Proxy proxy;
    private final ControlServer control;
    private final BlockingQueue<Told> told = new ArrayBlockingQueue<>(64);
    /** Who waits for the next reload. */
    private final BlockingQueue<CompletableFuture<Steering.Reloaded>> reloads = new LinkedBlockingQueue<>();

    private final Succession succession;
    private final Editing editing;
    private final FileWatch watch;
    private final Config config;

    /** @param state the folder for what survives a restart */
    Service(ConfigSource source, Config config, Path state) {
        this.source = source;
        this.config = config;
        this.loops = Sockets.loops(Math.max(1, Runtime.getRuntime().availableProcessors()));
        log(config.log());
        Kept kept = Kept.fresh(loops, System::nanoTime, state);
        this.tally = new Tally(kept.dates(), ZoneId.systemDefault(), state);
        this.control = new ControlServer(
                Main.version(), state, this::reloading, any -> routes(any, state), any -> Counting.feeds(any, tally));
        this.lines = LogLines.into(tally);
        this.proxy = new Proxy(kept, FlowListener.both(tally, flows), this::wantReload, Optional.of(control));
        this.succession = new Succession(loops, proxy, () -> told.offer(Told.HANDED_OVER));
        this.editing = new Editing(proxy, this::reloading, tally, kept, Editing::made);
        this.watch = new FileWatch(this::wantReload);
    }

    /** Those of features that stand by themselves. */
    private List<Route> routes(Proxy any, Path state) {
        List<Route> routes = new ArrayList<>(Counting.routes(any, tally, Main.version()));
        routes.addAll(editing.routes());
        routes.addAll(ClashRoutes.routes(
                any, new ClashCore(any, tally, this::reloading), Main.version(), state, System::nanoTime));
        return routes;
    }

    private void log(Config.LogOptions options) {
        Logging.apply(options);
        flows.on(Logging.showsFlows(options));
    }

    /** However often it is asked for meanwhile, one more reload sees everything. */
    private void wantReload() {
        if (!told.contains(Told.RELOAD)) {
            told.offer(Told.RELOAD);
        }
    }

    /** Has the config read anew. Called on any thread. */
    CompletionStage<Steering.Reloaded> reloading() {
        CompletableFuture<Steering.Reloaded> done = new CompletableFuture<>();
        reloads.add(done);
        wantReload();
        return done;
    }

    /** The same, and returns when that is over, or after ten seconds. On any thread but that of {@link #untilStopped}. */
    void reloadNow() {
        try {
            reloading().toCompletableFuture().get(RELOAD_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // it goes on, and the log says what comes of it
        }
    }

    /** How it takes another's place, or gives its own to another. */
    Succession succession() {
        return succession;
    }

    /** What users have used since this was last asked for, see {@link Proxy#takeTraffic}. */
    Map<String, Traffic> takeTraffic() {
        return proxy.takeTraffic();
    }

    void month(Map<String, Long> bytes) {
        proxy.month(bytes);
    }

    /** Who is found inside the tunnel under the server's own name. */
    void reception(Reception reception) {
        proxy.reception(reception);
    }

    /** What the API offers. */
    List<Route> routes() {
        return control.routes(proxy);
    }

    /** Takes signals from now on, also while it starts: a HUP that nobody takes ends the program. */
    void obeySignals() {
        Signals.handle("HUP", this::wantReload);
        Signals.handle("TERM", this::wantStop);
        Signals.handle("INT", this::wantStop);
    }

    /** Ends {@link #untilStopped}; told again, at once. Called on any thread. */
    void wantStop() {
        told.offer(Told.STOP);
    }

    /** Brings the first config into force and says where it listens. @throws Stop when that cannot be done */
    void start(Problems problems) throws Stop, InterruptedException {
        startQuietly(problems);
        proxy.addresses()
                .forEach((name, address) ->
                        System.err.println("listening on " + Sockets.text(address) + " (" + name + ")"));
    }

    /** The same without a word but problems. */
    void startQuietly(Problems problems) throws Stop, InterruptedException {
        watch(config.files()); // what is saved from now on is seen
        Future<Proxy.Report> started = proxy.apply(config, problems).await();
        Terminal.print(problems);
        if (!started.isSuccess()) {
            throw Stop.of(started.cause());
        }
        tally.reloaded(true);
        editing.start();
        tally.follow(config.history());
        tally.start(new Tally.Source() {
            @Override
            public void tell() {
                proxy.tell();
            }

            @Override
            public Optional<String> device(InetAddress client) {
                return proxy.overview().device(client);
            }
        });
        watch.start();
    }

    /** Serves until it is told to stop; returns when the last flow has ended, or after ten seconds. */
    void untilStopped() throws InterruptedException {
        Told last = Told.RELOAD;
        while ((last = told.take()) == Told.RELOAD) {
            reload();
        }
        boolean handedOver = last == Told.HANDED_OVER;
        Succession.Leave leave = handedOver ? Succession.Leave.HANDED_OVER : Succession.Leave.STOPPED;
        if (handedOver) {
            tally.handOver();
            awaitAll(proxy.leave());
        } else {
            stopAccepting();
        }
        if (proxy.running() > 0) {
            LOG.info(
                    "stopping: {} flows have {} s to end",
                    proxy.running(),
                    leave.flows().toSeconds());
        }
        long start = System.nanoTime();
        while (leave.lasts(Duration.ofNanos(System.nanoTime() - start), proxy)) {
            if (told.poll(100, TimeUnit.MILLISECONDS) == Told.STOP) {
                break;
            }
        }
        close();
    }

    /** The address of the only listener but for the API. */
    InetSocketAddress address() {
        return proxy.addresses().values().iterator().next();
    }

    /** The place of the rule that decides about a host on port 80. */
    String explain(String host) {
        Inquiry inquiry = proxy.inquiry();
        if (inquiry == null) {
            return "";
        }
        Flow flow = new Flow(
                0,
                Transport.TCP,
                proxy.addresses().keySet().iterator().next(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Destination(Host.parse(host), 80),
                Optional.empty());
        return inquiry.ask(Question.of(flow))
                .decision()
                .map(decision -> decision.rule().place() + " " + decision.rule().text())
                .orElse("");
    }

    private void stopAccepting() {
        awaitAll(proxy.drain());
    }

    private static void awaitAll(List<Future<Void>> closing) {
        closing.forEach(one -> one.awaitUninterruptibly(1_000));
    }

    /** Ends all flows at once. May be called twice. */
    void close() {
        if (loops.isShuttingDown()) {
            return;
        }
        watch.stop();
        stopAccepting();
        proxy.stop();
        editing.stop();
        tally.close();
        lines.leave();
        loops.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1_000);
    }

    private void reload() throws InterruptedException {
        List<CompletableFuture<Steering.Reloaded>> waiting = new ArrayList<>();
        reloads.drainTo(waiting);
        Problems problems = new Problems();
        Steering.Reloaded done = kept(problems, "unexpected, see the log");
        try {
            proxy.expire();
            watch.reading();
            done = load(problems);
            tally.reloaded(done.report().isPresent());
        } catch (LinkageError e) {
            done = kept(problems, "the program's own file has changed, start it anew");
            LOG.error(
                    "reload: the old config stays in force: the program's own file has changed, start it anew ({})",
                    e.toString());
        } catch (RuntimeException e) {
            LOG.error("reload: the old config stays in force: unexpected", e);
        } finally {
            for (CompletableFuture<Steering.Reloaded> one : waiting) {
                one.complete(done);
            }
        }
    }

    private static Steering.Reloaded kept(Problems problems, String why) {
        return new Steering.Reloaded(Optional.empty(), problems.all(), Optional.of(why));
    }

    private static Steering.Reloaded keepsOld(Problems problems, Stop why) {
        LOG.error("reload: the old config stays in force: {}", why.getMessage());
        return kept(problems, String.valueOf(why.getMessage()));
    }

    private Steering.Reloaded load(Problems problems) throws InterruptedException {
        Config next;
        ConfigSource before = source;
        source = source.again();
        if (!source.equals(before)) {
            LOG.info("there is a config now: {}", source.name());
        }
        try {
            next = source.read(problems);
        } catch (Stop e) {
            return keepsOld(problems, e);
        }
        Future<Proxy.Report> done =
                next == null ? null : proxy.apply(next, problems).await();
        if (next != null && done != null && !done.isSuccess()) {
            Set<Path> both = new HashSet<>(proxy.files());
            both.addAll(next.files()); // one that is missing now may come
            watch(both);
        }
        for (Problem problem : problems.all()) {
            if (problem.severity() == Problem.Severity.ERROR) {
                LOG.error("reload: {}", problem);
            } else {
                LOG.warn("reload: {}", problem);
            }
        }
        if (next == null || done == null || !done.isSuccess()) {
            return keepsOld(problems, done == null ? Stop.rejected() : Stop.of(done.cause()));
        }
        log(next.log());
        tally.follow(next.history());
        watch(proxy.files());
        return new Steering.Reloaded(Optional.of(done.getNow()), problems.all(), Optional.empty());
    }

    private void watch(Set<Path> files) {
        Set<Path> all = new HashSet<>(files);
        all.addAll(source.awaited());
        watch.files(all);
    }
}

package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.engine.Config;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fenliu selftest}: proves on this machine, in this process, that nothing leaks; a line for each promise. */
@Command(
        name = "selftest",
        description = "Prove on this machine that what a rule tunnels leaves no other way, in a few seconds.",
        mixinStandardHelpOptions = true)
final class SelfTestCommand implements Callable<Integer> {
    private static final int LIMIT_SECONDS = 20;

    @Option(names = "--json", description = "A JSON object a line.")
    private boolean json;

    private final AtomicInteger proved = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    @Override
    public Integer call() throws Exception {
        long started = System.nanoTime();
        Logging.apply(new Config.LogOptions(Config.Level.ERROR, Config.Flows.OFF));
        FutureTask<Void> trials = new FutureTask<>(() -> {
            try (SelfTest test = new SelfTest("tunnel")) {
                test.run(this::print);
            }
            return null;
        });
        Thread thread = new Thread(trials, "selftest");
        thread.setDaemon(true);
        thread.start();
        try {
            trials.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            print(new SelfTest.Finding(false, "The test did not end within " + LIMIT_SECONDS + " s."));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        if (!json) {
            summary((System.nanoTime() - started) / 1e9);
        }
        return failed.get() == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(SelfTest.Finding finding) {
        (finding.proved() ? proved : failed).incrementAndGet();
        if (json) {
            JsonObject line = new JsonObject();
            line.addProperty("proved", finding.proved());
            line.addProperty("text", finding.text());
            System.out.println(line);
        } else {
            System.out.println((finding.proved() ? "ok    " : "FAIL  ") + finding.text());
        }
        System.out.flush();
    }

    private void summary(double seconds) {
        System.err.printf(
                java.util.Locale.ROOT,
                "%d of %d proved in %.1f s, with a real tunnel (Trojan over TLS) and made-up hosts, all on this machine.%n",
                proved.get(),
                proved.get() + failed.get(),
                seconds);
        System.err.println("Not tried: your own config (fenliu check, fenliu explain HOST), your tunnel's server, and"
                + " programs that do not use the proxy.");
    }
}

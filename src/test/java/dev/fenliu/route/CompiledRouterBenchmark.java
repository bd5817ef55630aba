package dev.fenliu.route;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One decision among rules for single names and networks: it must not grow with their number. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class CompiledRouterBenchmark {
    /** Rules in the configuration. */
    @Param({"10", "1000", "30000"})
    public int rules;

    private Router router = RuleFixtures.router("{to: direct}");
    private final Question hit = RuleFixtures.question("www.shop.n7.example:443");
    private final Question miss = RuleFixtures.question("www.shop.other.test:443");
    private final Question address = RuleFixtures.question("10.200.7.9:443");

    @Setup
    public void compile() {
        String[] lines = new String[rules + 1];
        for (int i = 0; i < rules; i++) {
            lines[i] = i % 4 == 0
                    ? "IP-CIDR,10." + i % 199 + "." + (i / 199 & 255) + ".0/24,ai,no-resolve"
                    : "DOMAIN-SUFFIX,n" + i + ".example,ai";
        }
        lines[rules] = "{to: direct}";
        router = RuleFixtures.router(lines);
    }

    @Benchmark
    public Verdict name() {
        return router.match(hit);
    }

    @Benchmark
    public Verdict unknownName() {
        return router.match(miss);
    }

    @Benchmark
    public Verdict unknownAddress() {
        return router.match(address);
    }
}

package dev.fenliu.route.list;

import java.util.Random;
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
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Look-ups in large sets, of names in random order, and loading one from text and as it was kept. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class DomainSetBenchmark {
    @Param({"200000", "1000000"})
    public int size;

    /** Different names that are asked for: few, as one household has, or so many that no cache holds them. */
    @Param({"4096", "131072"})
    public int asked;

    private byte[] content;
    private byte[] packed;
    private DomainSet set;
    private String[] hits;
    private String[] misses;
    private int next;

    @Setup
    public void load() throws Exception {
        content = LargeListTest.million(size);
        set = LargeListTest.load(content);
        packed = new PackedNames(set, set.size()).pack(PackedNamesTest.STAMP);
        String[] names = LargeListTest.lines(content);
        Random random = new Random(1);
        hits = new String[asked];
        misses = new String[asked];
        for (int i = 0; i < asked; i++) {
            String name = names[random.nextInt(names.length)];
            hits[i] = "www." + name;
            misses[i] = "www." + name + "x";
        }
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public boolean hit() {
        return set.contains(hits[next++ & asked - 1]);
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public boolean miss() {
        return set.contains(misses[next++ & asked - 1]);
    }

    /** From the bytes of a file to a set that is ready. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public DomainSet fromText() throws ListFormatException {
        return LargeListTest.load(content);
    }

    /** From the bytes of a file that a start before has kept. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public DomainSet fromPacked() throws ListFormatException {
        return PackedNames.unpack(packed, PackedNamesTest.STAMP).names();
    }

    public static void main(String[] args) throws Exception {
        for (int size : new int[] {200_000, 1_000_000}) {
            byte[] content = LargeListTest.million(size);
            long start = System.nanoTime();
            DomainSet set = LargeListTest.load(content);
            long millis = (System.nanoTime() - start) / 1_000_000;
            System.out.printf(
                    "%,d names: %,d ms cold, %.2f bytes each%n", set.size(), millis, set.bytes() / (double) set.size());
        }
        new Runner(new OptionsBuilder()
                        .include(DomainSetBenchmark.class.getSimpleName())
                        .build())
                .run();
    }
}

package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two real lists of 200,000 names together, and a made-up one of a million. */
class LargeListTest {
    private static final class SetSink implements ListSink {
        final DomainSet.Builder names = DomainSet.builder();
        int bad;

        @Override
        public void entry(EntryKind kind, String value, int line) {
            names.suffix(value);
        }

        @Override
        public void except(EntryKind kind, String value, int line) {
            throw new AssertionError(value);
        }

        @Override
        public void range(java.net.InetAddress from, java.net.InetAddress to, int line) {
            throw new AssertionError(from);
        }

        @Override
        public void bad(int line, String text, String why) {
            bad++;
        }
    }

    /** The content of both lists as one file. */
    static byte[] real() throws java.io.IOException {
        byte[] cn = RecordedList.resource("bench-domains-cn.txt.gz");
        byte[] ads = RecordedList.resource("bench-domains-ads.txt.gz");
        byte[] both = java.util.Arrays.copyOf(cn, cn.length + ads.length);
        System.arraycopy(ads, 0, both, cn.length, ads.length);
        return both;
    }

    static String[] lines(byte[] content) {
        return new String(content, StandardCharsets.US_ASCII).lines().toArray(String[]::new);
    }

    /** That many different names, made of the real ones. */
    static byte[] million(int count) throws java.io.IOException {
        String[] real = lines(real());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i < real.length ? "" : "n" + i / real.length + ".")
                    .append(real[i % real.length])
                    .append('\n');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    static DomainSet load(byte[] content) throws ListFormatException {
        SetSink sink = new SetSink();
        ListReader.read(content, null, "", sink);
        assertThat(sink.bad).isZero();
        return sink.names.build();
    }

    @Test
    void two_hundred_thousand_names_are_all_found_in_six_bytes_each() throws Exception {
        byte[] content = real();
        DomainSet set = load(content);
        assertThat(set.size()).isBetween(199_000, 200_000);
        assertThat(set.bytes() / (double) set.size()).isLessThan(6.5);
        for (String name : lines(content)) {
            assertThat(set.contains(name)).as(name).isTrue();
            assertThat(set.contains("sub." + name)).as(name).isTrue();
        }
    }

    @Test
    void names_outside_a_large_set_are_not_found() throws Exception {
        DomainSet set = load(real());
        Random random = new Random(3);
        List<String> found = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            String name = Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + ".fenliu-test";
            if (set.contains(name)) {
                found.add(name);
            }
        }
        // Two labels, four prints compared with each: one false hit in about 2,500 runs of this test.
        assertThat(found).hasSizeLessThan(2);
    }

    @Test
    void a_million_names_fit_in_six_megabytes() throws Exception {
        DomainSet set = load(million(1_000_000));
        assertThat(set.size()).isBetween(990_000, 1_000_000);
        assertThat(set.bytes()).isLessThan(6_500_000);
    }
}

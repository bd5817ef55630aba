package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a cache saves and another takes, after the program was down for a while. */
class AnswerCacheTest {
    private static final Query QUERY = Replies.query("www.example.test", Query.A);
    private static final Duration STALE = Duration.ofHours(24);

    private long now = 5_000_000_000L;
    private final AnswerCache before = new AnswerCache(() -> now);
    private long later = -3_000_000_000_000L; // another start, another origin of the monotonic clock
    private final AnswerCache after = new AnswerCache(() -> later);

    private Answer answer(Query query, String... records) {
        try {
            byte[] asked = query.encode(0, query.nameBytes(), Edns.NONE, false);
            return AnswerReader.read(query, Replies.to(asked, 0, records), now);
        } catch (MalformedMessage e) {
            throw new AssertionError(e);
        }
    }

    private void put(String group, Query query, int ttl) {
        before.put(group, query, answer(query, query.host() + ". " + ttl + " IN A 10.0.0.1"), STALE);
    }

    private byte[] saved() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        before.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private void load(byte[] saved, Duration down) throws IOException {
        after.load(new DataInputStream(new ByteArrayInputStream(saved)), down, name -> true);
    }

    private static long seconds(long n) {
        return TimeUnit.SECONDS.toNanos(n);
    }

    @Test
    void ttls_run_on_while_it_is_down() throws Exception {
        put("up", QUERY, 300);
        now += seconds(100);
        byte[] saved = saved();
        load(saved, Duration.ofSeconds(150));
        Answer answer = after.get("up", QUERY);
        assertThat(answer.expiredSince(later)).isEqualTo(seconds(-50));
        assertThat(answer.addresses()).hasToString("[/10.0.0.1]");
        byte[] wire = answer.wire(7, QUERY.nameBytes(), later);
        assertThat(wire[wire.length - 7]).as("the TTL").isEqualTo((byte) 50);
    }

    @Test
    void what_expired_meanwhile_is_as_old_as_it_is() throws Exception {
        put("up", QUERY, 300);
        load(saved(), Duration.ofHours(20));
        assertThat(after.get("up", QUERY).expiredSince(later)).isEqualTo(seconds(20 * 3600 - 300));
        later += seconds(4 * 3600 + 299);
        assertThat(after.get("up", QUERY)).isNotNull();
        later += seconds(2);
        assertThat(after.get("up", QUERY)).as("forgotten at its time").isNull();
    }

    @Test
    void what_is_too_old_is_not_taken() throws Exception {
        put("up", QUERY, 300);
        load(saved(), Duration.ofDays(1000));
        assertThat(after.size()).isZero();
    }

    @Test
    void a_clock_that_was_set_back_makes_answers_old_not_young() throws Exception {
        put("up", QUERY, 300);
        Query other = Replies.query("old.example.test", Query.A);
        put("up", other, 60);
        now += seconds(200);
        load(saved(), Duration.ofDays(-400));
        assertThat(after.get("up", QUERY).expiredSince(later)).isZero();
        assertThat(after.get("up", other).expiredSince(later)).isEqualTo(seconds(140));
    }

    @Test
    void questions_and_groups_are_told_apart_as_before() throws Exception {
        Query signed = new Query(QUERY.name(), Query.A, 1, true, false);
        Query unchecked = new Query(QUERY.name(), Query.A, 1, false, true);
        Query text = Replies.query("_x.example.test", 16);
        put("up", QUERY, 100);
        put("up", signed, 101);
        put("up", unchecked, 102);
        put("other", QUERY, 103);
        before.put("other", text, answer(text), STALE);
        load(saved(), Duration.ZERO);
        assertThat(after.get("up", QUERY).ttl()).isEqualTo(100);
        assertThat(after.get("up", signed).ttl()).isEqualTo(101);
        assertThat(after.get("up", unchecked).ttl()).isEqualTo(102);
        assertThat(after.get("other", QUERY).ttl()).isEqualTo(103);
        assertThat(after.get("other", text)).isNotNull();
        assertThat(after.size()).isEqualTo(5);
    }

    @Test
    void a_newer_answer_stays() throws Exception {
        put("up", QUERY, 100);
        byte[] saved = saved();
        now = later;
        after.put("up", QUERY, answer(QUERY, "www.example.test. 55 IN A 10.0.0.2"), STALE);
        load(saved, Duration.ZERO);
        assertThat(after.get("up", QUERY).ttl()).isEqualTo(55);
    }

    @Test
    void it_takes_no_more_than_it_holds_and_nothing_that_is_not_plain_any_more() throws Exception {
        for (int i = 0; i < 1000; i++) {
            put("up", Replies.query("n" + i + ".example.test", Query.A), 100);
        }
        byte[] saved = saved();
        after.resize(100_000);
        load(saved, Duration.ZERO);
        assertThat(after.size()).isBetween(200L, 500L);

        after.clear();
        put(AnswerCache.THROUGH + "far: up", Replies.query("n1.example.test", Query.A), 100);
        saved = saved();
        after.load(
                new DataInputStream(new ByteArrayInputStream(saved)),
                Duration.ZERO,
                name -> name.value().startsWith("n7."));
        assertThat(after.size()).isEqualTo(2);
    }

    @Test
    void changes_are_seen() {
        long start = before.changes();
        put("up", QUERY, 100);
        long put = before.changes();
        assertThat(put).isGreaterThan(start);
        before.get("up", QUERY);
        before.forgetPlain(name -> true);
        assertThat(before.changes()).isEqualTo(put);
        before.forgetPlain(name -> false);
        assertThat(before.changes()).isGreaterThan(put);
    }

    @Test
    void a_content_that_ends_early_or_is_nonsense_is_an_error_and_nothing_worse() throws Exception {
        put("up", QUERY, 300);
        put("other", QUERY, 300);
        byte[] saved = saved();
        for (int length = 0; length < saved.length; length++) {
            byte[] part = Arrays.copyOf(saved, length);
            assertThatThrownBy(() -> load(part, Duration.ZERO)).isInstanceOf(IOException.class);
        }
    }

    /** In a process of its own: in one with other tests too much comes and goes. */
    @Test
    void its_bound_is_that_of_the_memory_it_takes() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Weighing.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        long bound = CacheOptions.DEFAULT.size();
        assertThat(Long.parseLong(out.strip())).isBetween(bound * 3 / 4, bound * 5 / 4);
    }

    /** Prints how many bytes a full cache takes. */
    static final class Weighing {
        public static void main(String... arguments) {
            AnswerCacheTest test = new AnswerCacheTest();
            byte[] wire =
                    test.answer(QUERY, "www.example.test. 300 IN A 10.0.0.1").wire(0, QUERY.nameBytes(), test.now);
            long start = heap();
            for (int i = 0; i < 60_000; i++) {
                Query query = Replies.query("n" + i + ".example.test", Query.A);
                Answer answer = new Answer(wire.clone(), new int[] {wire.length - 10}, 300, test.now);
                test.before.put("up", query, answer, STALE);
            }
            long taken = heap() - start;
            assertThat(test.before.size()).isBetween(30_000L, 50_000L);
            System.out.println(taken);
        }

        private static long heap() {
            Runtime runtime = Runtime.getRuntime();
            System.gc();
            return runtime.totalMemory() - runtime.freeMemory();
        }
    }
}

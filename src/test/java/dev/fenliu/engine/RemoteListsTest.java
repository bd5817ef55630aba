package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.model.Reason;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Direct;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RemoteListsTest {
    private final EventLoopGroup loops = Sockets.loops(1);
    private final AtomicInteger changes = new AtomicInteger();

    @TempDir
    private Path state;

    private Web web;
    private ListCache cache;
    private RemoteLists lists;
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");

    @BeforeEach
    void open() throws Exception {
        web = new Web();
        cache = new ListCache(state);
        lists = new RemoteLists(loops.next(), cache, () -> now, changes::incrementAndGet);
    }

    @AfterEach
    void close() {
        lists.close();
        web.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Config config() {
        return Built.config("""
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rule-sets: {ads: {url: "%s", every: 24h}}
            rules: [{rule-set: ads, to: block}, {to: direct}]
            """.formatted(web.uri("/ads")));
    }

    private RuleSetPlan plan() {
        return config().ruleSets().values().iterator().next();
    }

    private void keep(String... loaded) {
        Direct direct = new Direct(
                "direct",
                SocketOptions.DEFAULT,
                (name, loop) -> loop.newSucceededFuture(List.of(InetAddress.getLoopbackAddress())));
        Set<String> good = Stream.of(loaded).map(name -> "rule-set " + name).collect(Collectors.toSet());
        lists.keep(config().ruleSets().values(), good, (via, to) -> direct);
    }

    private String copy() {
        return cache.read(web.uri("/ads"))
                .map(copy -> new String(copy.content(), StandardCharsets.UTF_8))
                .orElse("");
    }

    private void awaitAsked(int times) {
        Awaitility.await().untilAsserted(() -> assertThat(web.asked).hasSize(times));
    }

    /** Waits until what was under way is over: the loop and the disk have nothing left to do. */
    private void settle(String... loaded) {
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> {
            int before = web.asked.size();
            keep(loaded);
            Thread.sleep(100);
            return before == web.asked.size();
        });
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "h" + i + ".test\n").collect(Collectors.joining());
    }

    @Test
    void a_list_without_a_copy_is_fetched_at_once_and_told() {
        web.has("/ads", "\"v1\"", names(10));
        keep();
        Awaitility.await().untilAtomic(changes, org.hamcrest.Matchers.is(1));
        assertThat(copy()).isEqualTo(names(10));
        assertThat(cache.read(web.uri("/ads")).orElseThrow().etag()).contains("\"v1\"");
    }

    @Test
    void one_that_somebody_wants_now_is_asked_for_whatever_its_time_and_it_is_told_what_came() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        keep("ads");
        web.says("/ads", "HTTP/1.1 304 Not Modified\r\n\r\n");
        assertThat(lists.refresh("rule-set ads").get()).contains(new Refreshed(false, Optional.empty(), false));
        web.has("/ads", "\"v2\"", names(11));
        assertThat(lists.refresh("rule-set ads").get()).contains(new Refreshed(true, Optional.empty(), false));
        assertThat(copy()).isEqualTo(names(11));
        web.has("/ads", "\"v3\"", names(2));
        Refreshed held = lists.refresh("rule-set ads").get().orElseThrow();
        assertThat(held.problem().map(Reason::code)).contains("held-back");
        assertThat(held.held()).isTrue();
        Problem told = lists.news().held(plan()).orElseThrow();
        assertThat(told.remark())
                .isEqualTo(Remark.of("rule-set-held")
                        .with("list", "ads")
                        .with("now", 2)
                        .with("before", 11));
        assertThat(told.message()).isEqualTo("rule-set \"ads\": the new list has 2 entries, the old one 11: held back");
        web.says("/ads", "HTTP/1.1 500 Oh\r\n\r\n");
        assertThat(lists.refresh("rule-set ads").get().orElseThrow().held()).isFalse();
        assertThat(lists.news().held(plan())).as("still").isPresent();
        web.says("/ads", "HTTP/1.1 304 Not Modified\r\n\r\n");
        lists.refresh("rule-set ads").get();
        assertThat(lists.news().held(plan())).isEmpty();
        assertThat(lists.refresh("rule-set other").get()).isEmpty();
    }

    @Test
    void what_the_last_update_changed_is_kept_until_another_changes_something() throws Exception {
        URI ads = web.uri("/ads");
        web.has("/ads", "\"v1\"", names(10));
        keep();
        assertThat(lists.refresh("rule-set ads").get().orElseThrow().changed()).isTrue();
        assertThat(cache.updates(ads)).as("nothing was there before").isEqualTo(Updates.NONE);

        Instant then = now;
        web.has("/ads", "\"v2\"", "new.test\n" + names(8));
        lists.refresh("rule-set ads").get();
        ListDiff.Counts counts = new ListDiff.Counts(then, 1, 2);
        assertThat(cache.updates(ads).change()).contains(counts);
        assertThat(cache.diff(ads, ListCache.Differing.CHANGE))
                .contains(new ListDiff(counts, List.of("new.test"), List.of("h8.test", "h9.test")));

        now = now.plus(Duration.ofHours(1));
        web.has("/ads", "\"v3\"", "# of another day\n" + names(8) + "new.test\n");
        assertThat(lists.refresh("rule-set ads").get().orElseThrow().changed()).isTrue();
        assertThat(cache.updates(ads).change()).as("the same entries").contains(counts);
        assertThat(new ListCache(state).updates(ads).change())
                .as("after a restart")
                .contains(counts);

        cache.write(ads, "<html>".getBytes(StandardCharsets.UTF_8), Optional.empty());
        web.has("/ads", "\"v4\"", names(3));
        lists.refresh("rule-set ads").get();
        assertThat(cache.updates(ads).change()).as("of that nobody can tell").isEmpty();
    }

    @Test
    void how_a_list_that_is_held_back_differs_is_told_until_it_is_taken() throws Exception {
        URI ads = web.uri("/ads");
        cache.write(ads, names(10).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        keep("ads");
        web.has("/ads", "\"v2\"", "evil.test\n" + names(2));
        assertThat(lists.refresh("rule-set ads").get().orElseThrow().held()).isTrue();
        ListDiff diff = cache.diff(ads, ListCache.Differing.WAITING).orElseThrow();
        assertThat(diff.counts()).isEqualTo(new ListDiff.Counts(now, 1, 8));
        assertThat(diff.firstAdded()).containsExactly("evil.test");
        assertThat(diff.firstRemoved()).hasSize(8).startsWith("h2.test");
        assertThat(HeldLists.waiting(config(), "ads", state)).containsEntry("rule-set ads", Optional.of(diff));
        assertThat(HeldLists.waiting(config(), "other", state)).isEmpty();
        Updates told = lists.news().latest("rule-set ads", Updates.NONE);
        assertThat(told.held()).isTrue();
        assertThat(told.waiting()).contains(diff.counts());
        Updates later = new ListNews().latest("rule-set ads", new ListCache(state).updates(ads));
        assertThat(later.held()).as("after a restart").isTrue();
        assertThat(later.waiting()).contains(diff.counts());

        assertThat(HeldLists.accept(config(), "ads", state)).containsKey("rule-set ads");
        assertThat(lists.refresh("rule-set ads").get().orElseThrow().changed()).isTrue();
        assertThat(HeldLists.waiting(config(), "ads", state)).isEmpty();
        HeldLists.Diffs diffs = HeldLists.diffs(config(), "rule-set ads", state).orElseThrow();
        assertThat(diffs.waiting()).isEmpty();
        assertThat(diffs.change()).contains(diff);
        assertThat(lists.news().latest("rule-set ads", cache.updates(ads)).waiting())
                .isEmpty();
        assertThat(HeldLists.diffs(config(), "rule-set none", state)).isEmpty();
    }

    @Test
    void why_an_update_came_to_nothing_has_a_word_of_a_small_set() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        keep("ads");
        web.says("/ads", "HTTP/1.1 500 Oh\r\n\r\n");
        assertThat(code()).isEqualTo("bad-answer");
        web.has("/ads", "\"v2\"", "<!DOCTYPE html><html></html>");
        assertThat(code()).isEqualTo("not-a-list");
        lists.keep(config().ruleSets().values(), Set.of("rule-set ads"), (via, to) -> null);
        assertThat(code()).isEqualTo("internal");
    }

    private String code() throws Exception {
        return lists.refresh("rule-set ads")
                .get()
                .orElseThrow()
                .problem()
                .orElseThrow()
                .code();
    }

    @Test
    void a_copy_is_asked_about_when_its_time_has_come_and_not_before() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        cache.confirm(web.uri("/ads"), now.minus(Duration.ofHours(23)));
        web.says("/ads", "HTTP/1.1 304 Not Modified\r\n\r\n");
        settle("ads");
        assertThat(web.asked).isEmpty();
        now = now.plus(Duration.ofHours(2));
        keep("ads");
        awaitAsked(1);
        assertThat(web.asked.element().toLowerCase(java.util.Locale.ROOT)).contains("if-none-match: \"v1\"");
        Awaitility.await()
                .untilAsserted(() -> assertThat(cache.fetched(web.uri("/ads"))).contains(now));
        settle("ads");
        assertThat(web.asked).hasSize(1);
        assertThat(changes).hasValue(0);
    }

    @Test
    void a_copy_from_before_the_clock_was_set_back_is_asked_about() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        cache.confirm(web.uri("/ads"), now.plus(Duration.ofDays(400)));
        web.says("/ads", "HTTP/1.1 304 Not Modified\r\n\r\n");
        keep("ads");
        awaitAsked(1);
        Awaitility.await()
                .untilAsserted(() -> assertThat(cache.fetched(web.uri("/ads"))).contains(now));
    }

    @Test
    void a_list_that_lost_more_than_half_is_held_back() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.empty());
        cache.confirm(web.uri("/ads"), now.minus(Duration.ofDays(2)));
        web.has("/ads", "x", names(4));
        keep("ads");
        awaitAsked(1);
        lists.close();
        Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
        assertThat(copy()).isEqualTo(names(10));
        assertThat(changes).hasValue(0);
    }

    @Test
    void a_list_that_lost_half_is_taken() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.empty());
        cache.confirm(web.uri("/ads"), now.minus(Duration.ofDays(2)));
        web.has("/ads", "x", names(5));
        keep("ads");
        Awaitility.await().untilAtomic(changes, org.hamcrest.Matchers.is(1));
        assertThat(copy()).isEqualTo(names(5));
    }

    @Test
    void a_page_that_is_no_list_is_not_taken() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.empty());
        cache.confirm(web.uri("/ads"), now.minus(Duration.ofDays(2)));
        web.has("/ads", "x", "<!DOCTYPE html>\n<html><body>Log in to the hotel's network</body></html>\n");
        keep("ads");
        awaitAsked(1);
        Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
        assertThat(copy()).isEqualTo(names(10));
        assertThat(changes).hasValue(0);
    }

    @Test
    void the_same_content_again_changes_nothing() throws Exception {
        cache.write(web.uri("/ads"), names(10).getBytes(StandardCharsets.UTF_8), Optional.empty());
        cache.confirm(web.uri("/ads"), now.minus(Duration.ofDays(2)));
        web.has("/ads", "\"v2\"", names(10));
        keep("ads");
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                cache.read(web.uri("/ads")).orElseThrow().etag())
                        .contains("\"v2\""));
        assertThat(changes).hasValue(0);
    }

    @Test
    void a_copy_that_could_not_be_loaded_is_fetched_anew_without_its_tag() throws Exception {
        cache.write(web.uri("/ads"), new byte[] {0, 1, 2}, Optional.of("\"v1\""));
        cache.confirm(web.uri("/ads"), now);
        web.has("/ads", "\"v1\"", names(10));
        keep();
        Awaitility.await().untilAtomic(changes, org.hamcrest.Matchers.is(1));
        assertThat(web.asked.element().toLowerCase(java.util.Locale.ROOT)).doesNotContain("if-none-match");
        assertThat(copy()).isEqualTo(names(10));
    }

    @Test
    void a_list_is_fetched_through_its_outbound_or_not_at_all() {
        web.has("/ads", "x", names(10));
        ScriptedOutbound far = new ScriptedOutbound("far");
        Config config = Built.config("""
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rule-sets: {ads: {url: "%s", via: far}}
            rules: [{rule-set: ads, to: block}, {to: direct}]
            """.formatted(web.uri("/ads")));
        lists.keep(config.ruleSets().values(), Set.of(), (via, to) -> via.equals("far") ? far : null);
        Awaitility.await().until(() -> far.dials.size() == 1);
        assertThat(far.dials.get(0).destination().toString())
                .isEqualTo(web.uri("").getAuthority());
        assertThat(web.asked).isEmpty();
    }

    // ---- what rules do meanwhile ----

    private Assembly assembly(String target, List<String> warnings) {
        Config config = Built.config("""
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            rule-sets: {ads: {url: "%s"}}
            rules: [{rule-set: ads, to: %s}, {to: direct}]
            """.formatted(web.uri("/ads"), target));
        Problems problems = new Problems();
        Assembly assembly = Assembler.assemble(
                config, Kept.fresh(loops, System::nanoTime, state), 1, java.time.Instant.EPOCH, problems);
        problems.all().stream().map(Problem::message).forEach(warnings::add);
        return assembly;
    }

    private static String target(Assembly assembly, String host) {
        return new Inquiry(assembly).ask(Questions.about(host)).path().get(0);
    }

    @Test
    void a_missing_list_matches_everything_that_leads_to_a_tunnel_and_nothing_otherwise() throws Exception {
        List<String> warnings = new java.util.ArrayList<>();
        assertThat(target(assembly("far", warnings), "www.plain.test")).isEqualTo("far");
        assertThat(target(assembly("block", warnings), "www.plain.test")).isEqualTo("direct");
        assertThat(warnings).anyMatch(text -> text.contains("\"ads\" has no copy yet"));

        cache.write(web.uri("/ads"), new byte[] {0, 1, 2}, Optional.empty());
        warnings.clear();
        assertThat(target(assembly("far", warnings), "www.plain.test")).isEqualTo("far");
        assertThat(warnings).anyMatch(text -> text.contains("\"ads\" has a broken copy"));

        cache.write(web.uri("/ads"), names(3).getBytes(StandardCharsets.UTF_8), Optional.empty());
        warnings.clear();
        assertThat(target(assembly("far", warnings), "h1.test")).isEqualTo("far");
        assertThat(target(assembly("far", warnings), "www.plain.test")).isEqualTo("direct");
        assertThat(warnings).noneMatch(text -> text.contains("copy"));
        Files.setLastModifiedTime(cache.file(web.uri("/ads")), FileTime.from(now));
    }

    @Test
    void what_the_disk_still_does_when_all_else_has_ended_ends_quietly() throws Exception {
        cache.write(web.uri("/ads"), names(3).getBytes(StandardCharsets.UTF_8), Optional.empty());
        EventLoopGroup ending = Sockets.loops(1);
        CountDownLatch ended = new CountDownLatch(1);
        CompletableFuture<Thread> disk = new CompletableFuture<>();
        RemoteLists late = new RemoteLists(
                ending.next(),
                cache,
                () -> {
                    disk.complete(Thread.currentThread());
                    awaitUninterruptibly(ended);
                    return now;
                },
                () -> {});
        late.keep(config().ruleSets().values(), Set.of("rule-set ads"), (via, to) -> null);
        Thread thread = disk.get();
        ending.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        ended.countDown();
        Awaitility.await()
                .until(thread::getState, state -> state == Thread.State.WAITING || state == Thread.State.TERMINATED);
        assertThat(thread.isAlive()).isTrue(); // an exception would have ended it
    }
}

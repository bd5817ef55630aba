package dev.fenliu.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.HistoryOptions;
import dev.fenliu.engine.Views;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Decision;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TallyTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:34:56Z");
    private static final Instant FROM = Instant.parse("2026-11-26T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-11-27T00:00:00Z");

    @TempDir
    Path folder;

    private int told;
    private Tally tally;

    private Tally tally(HistoryOptions.Keep keep, boolean domains) {
        return tally(keep, domains, new Archive());
    }

    private Tally tally(HistoryOptions.Keep keep, boolean domains, Archive archive) {
        tally = new Tally(() -> NOW, ZoneOffset.UTC, folder, archive);
        tally.follow(new HistoryOptions(keep, domains, 30));
        tally.start(new Tally.Source() {
            @Override
            public void tell() {
                told++;
            }

            @Override
            public Optional<String> device(InetAddress client) {
                return client.equals(Addresses.parse("192.168.1.7")) ? Optional.of("tv") : Optional.empty();
            }
        });
        return tally;
    }

    @AfterEach
    void close() {
        if (tally != null) {
            tally.close();
        }
    }

    private static FlowView ended(String client, String host, List<String> path, long up, long down) {
        Flow flow = new Flow(
                1,
                Transport.TCP,
                "lan",
                new InetSocketAddress(Addresses.parse(client), 50_000),
                Destination.parse(host + ":443"),
                Optional.of("anna"));
        return Views.ended(flow, "home.yaml", path, up, down, "ok");
    }

    private String series(Dimension by) {
        TreeMap<String, String> all = new TreeMap<>();
        for (Series one : tally.traffic(by, Tally.Step.HOUR, FROM, TO)) {
            all.put(
                    one.name(),
                    one.total().up() + "/" + one.total().down() + "/"
                            + one.total().flows());
        }
        return all.toString();
    }

    @Test
    void a_flow_counts_for_its_device_rule_outbound_groups_domain_and_user() {
        tally(HistoryOptions.Keep.MEMORY, true);
        FlowView flow = ended("192.168.1.7", "www.shop.co.uk", List.of("ai", "europe", "vps"), 30, 3000);
        tally.moved(flow, 10, 1000);
        tally.moved(flow, 10, 1000);
        tally.closed(flow, 10, 1000);
        tally.closed(ended("192.168.1.8", "203.0.113.9", List.of("direct"), 5, 5), 5, 5);
        assertThat(series(Dimension.DEVICE)).isEqualTo("{192.168.1.8=5/5/1, tv=30/3000/1}");
        assertThat(series(Dimension.RULE)).isEqualTo("{a rule=35/3005/2}");
        assertThat(series(Dimension.OUTBOUND)).isEqualTo("{direct=5/5/1, vps=30/3000/1}");
        assertThat(series(Dimension.GROUP)).isEqualTo("{ai=30/3000/1, europe=30/3000/1}");
        assertThat(series(Dimension.DOMAIN)).isEqualTo("{203.0.113.9=5/5/1, shop.co.uk=30/3000/1}");
        assertThat(series(Dimension.USER)).isEqualTo("{anna=35/3005/2}");
        Totals totals = tally.totals();
        assertThat(totals.all()).isEqualTo(new Amount(35, 3005, 2));
        assertThat(totals.results()).containsEntry(new Totals.Ended("vps", "ok"), 1L);
        assertThat(totals.listeners()).containsOnlyKeys("lan");
        assertThat(tally.device(Addresses.parse("192.168.1.7"))).isEqualTo("tv");
        assertThat(tally.closed().newest()).hasSize(2);
    }

    @Test
    void destinations_are_kept_for_those_who_want_it_only() {
        tally(HistoryOptions.Keep.DISK, false);
        tally.closed(ended("192.168.1.7", "www.shop.co.uk", List.of("vps"), 5, 5), 5, 5);
        assertThat(series(Dimension.DOMAIN)).isEqualTo("{}");
        assertThat(series(Dimension.OUTBOUND)).isEqualTo("{vps=5/5/1}");
    }

    @Test
    void off_is_off_and_totals_go_on() {
        tally(HistoryOptions.Keep.OFF, true);
        tally.closed(ended("192.168.1.7", "www.shop.co.uk", List.of("vps"), 5, 5), 5, 5);
        assertThat(series(Dimension.OUTBOUND)).isEqualTo("{}");
        assertThat(tally.totals().all()).isEqualTo(new Amount(5, 5, 1));
        assertThat(folder.resolve("traffic.mv")).doesNotExist();
        assertThat(tally.visits()).extracting(Visit::count).containsExactly(1); // the one that is among the latest
    }

    @Test
    void where_flows_went_is_known_beyond_the_latest_and_never_written() throws Exception {
        tally(HistoryOptions.Keep.DISK, false);
        for (int i = 0; i < 2_500; i++) {
            FlowView flow = ended("192.168.1.7", "host" + i % 1_250 + ".test", List.of("vps"), 5, 5);
            tally.closed(flow, 5, 5);
        }
        assertThat(tally.visits()).hasSize(1_250).allMatch(visit -> visit.count() == 2);
        tally.handOver();
        assertThat(Files.readString(folder.resolve("traffic.mv"), StandardCharsets.ISO_8859_1))
                .doesNotContain("host7.test");
        tally.forget();
        assertThat(tally.visits()).isEmpty();
    }

    @Test
    void hits_count_when_a_rule_decides_and_are_forgotten_when_it_is_wanted() {
        tally(HistoryOptions.Keep.DISK, false);
        FlowView flow = ended("192.168.1.7", "www.shop.co.uk", List.of("vps"), 0, 0);
        var rule = flow.rule().orElseThrow();
        tally.routed(flow.flow(), new Decision.Via("vps", rule, true));
        tally.routed(flow.flow(), new Decision.Via("vps", rule, true));
        tally.step();
        assertThat(told).isEqualTo(1);
        assertThat(tally.hits(rule)).isEqualTo(new Hits.Hit(2, Optional.of(NOW)));
        tally.forget();
        assertThat(tally.hits(rule)).isEqualTo(Hits.Hit.NONE);
    }

    @Test
    void who_asks_on_an_event_loop_does_not_wait_for_a_disk_that_does_not_write() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch disk = new CountDownLatch(1);
        Map<Long, byte[]> days = new TreeMap<>() {
            @Override
            public byte[] put(Long key, byte[] value) {
                writing.countDown();
                try {
                    disk.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return super.put(key, value);
            }
        };
        tally(
                HistoryOptions.Keep.DISK,
                false,
                new Archive(0, (folder, retention) -> new Book(null, days, new HashMap<>())));
        FlowView flow = ended("192.168.1.7", "www.shop.co.uk", List.of("vps"), 5, 5);
        var rule = flow.rule().orElseThrow();
        tally.routed(flow.flow(), new Decision.Via("vps", rule, true));
        tally.closed(flow, 5, 5);
        Thread writer = new Thread(tally::handOver);
        writer.start();
        writing.await();
        try {
            tally.closed(flow, 5, 5);
            CompletableFuture<String> asked = CompletableFuture.supplyAsync(() -> {
                tally.watch(() -> {}).run();
                return tally.totals().all() + " " + tally.hits(rule).count() + " "
                        + tally.device(Addresses.parse("192.168.1.7"));
            });
            await().until(asked::isDone);
            assertThat(asked).isCompletedWithValue(new Amount(10, 10, 2) + " 1 tv");
            assertThat(writer.isAlive()).isTrue();
        } finally {
            disk.countDown();
            writer.join();
        }
        assertThat(days).isNotEmpty();
        assertThat(series(Dimension.OUTBOUND)).isEqualTo("{vps=5/5/1}"); // what came later, in memory
    }

    @Test
    void days_are_those_of_the_local_time() {
        tally = new Tally(() -> Instant.parse("2026-11-26T23:30:00Z"), ZoneOffset.ofHours(8), folder);
        tally.follow(new HistoryOptions(HistoryOptions.Keep.MEMORY, false, 30));
        tally.closed(ended("192.168.1.7", "www.shop.co.uk", List.of("vps"), 5, 5), 5, 5);
        assertThat(tally.midnight()).isEqualTo("2026-11-26T16:00:00Z");
        assertThat(tally.traffic(Dimension.OUTBOUND, Tally.Step.DAY, FROM, TO)
                        .get(0)
                        .points())
                .containsOnlyKeys(Instant.parse("2026-11-26T16:00:00Z"));
    }

    @Test
    void who_asks_again_and_again_for_what_is_new_misses_nothing_and_has_nothing_twice() throws InterruptedException {
        int all = 50_000;
        Ring<Integer> ring = new Ring<>(all);
        Thread adds = new Thread(() -> {
            for (int i = 0; i < all; i++) {
                ring.add(i);
            }
        });
        adds.start();
        List<Integer> seen = new ArrayList<>();
        long until = 0;
        while (until < all) {
            Ring.News<Integer> news = ring.since(until);
            seen.addAll(news.items());
            until = news.added();
        }
        adds.join();
        assertThat(seen).isEqualTo(IntStream.range(0, all).boxed().toList());
    }

    @Test
    void a_ring_has_the_latest_and_tells_what_is_new() {
        Ring<Integer> ring = new Ring<>(3);
        for (int i = 0; i < 5; i++) {
            ring.add(i);
        }
        assertThat(ring.newest()).containsExactly(4, 3, 2);
        assertThat(ring.since(4).items()).containsExactly(4);
        assertThat(ring.since(0)).isEqualTo(new Ring.News<>(List.of(2, 3, 4), 5));
        assertThat(ring.since(5).items()).isEmpty();
        assertThat(ring.added()).isEqualTo(5);
    }

    @Test
    void so_many_outbounds_are_told_apart_and_the_others_are_counted_together() {
        tally(HistoryOptions.Keep.OFF, false);
        for (int i = 0; i < Totals.MOST + 50; i++) {
            tally.closed(ended("192.168.1.7", "a.test", List.of("ai", "node " + i), 0, 0), 1, 2);
            tally.totals();
        }
        tally.closed(ended("192.168.1.7", "a.test", List.of("ai", "node 0"), 0, 0), 1, 2);
        Totals totals = tally.totals();
        assertThat(totals.outbounds()).hasSize(Totals.MOST + 1);
        assertThat(totals.outbounds().get("node 0")).isEqualTo(new Amount(2, 4, 2));
        assertThat(totals.outbounds().get(Series.OTHER)).isEqualTo(new Amount(50, 100, 50));
        assertThat(totals.results()).hasSize(Totals.MOST + 1).containsEntry(new Totals.Ended(Series.OTHER, "ok"), 50L);
        assertThat(totals.groups()).containsOnlyKeys("ai");
        assertThat(totals.all().up()).isEqualTo(Totals.MOST + 51);
    }
}

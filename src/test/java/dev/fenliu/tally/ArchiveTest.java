package dev.fenliu.tally;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Position;
import dev.fenliu.route.RuleRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:34:56Z");
    private static final RuleRef RULE = new RuleRef(3, new Position("home.yaml", 12, 5), "domain-suffix: a.test → ai");

    @TempDir
    Path folder;

    private Archive open() {
        Archive archive = new Archive();
        archive.follow(folder, 30);
        return archive;
    }

    private static Map<Long, Amount> hours(Archive archive, String name) {
        return archive.read(Dimension.OUTBOUND, NOON.minus(Duration.ofDays(40)), NOON.plus(Duration.ofDays(40)))
                .getOrDefault(name, Map.of());
    }

    private static long total(Archive archive, String name) {
        return hours(archive, name).values().stream().mapToLong(Amount::bytes).sum();
    }

    @Test
    void what_was_counted_survives_a_restart_and_is_added_to() throws IOException {
        Archive first = open();
        first.add(Dimension.OUTBOUND, "vps", NOON, new Amount(1, 2, 1));
        first.hit(RULE, 2, NOON);
        first.flush();
        first.add(Dimension.OUTBOUND, "vps", NOON, new Amount(10, 20, 1));
        first.flush();
        assertThat(hours(first, "vps").values()).containsExactly(new Amount(11, 22, 2));
        first.release();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("traffic.mv"))))
                .isEqualTo("rw-------");

        Archive second = open();
        second.add(Dimension.OUTBOUND, "vps", NOON, new Amount(100, 200, 1));
        RuleRef moved = new RuleRef(7, new Position("home.yaml", 99, 1), RULE.text());
        assertThat(second.hits(moved)).isEqualTo(new Hits.Hit(2, Optional.of(NOON.truncatedTo(ChronoUnit.SECONDS))));
        second.hit(moved, 1, NOON.plusSeconds(9));
        assertThat(second.hits(RULE).count()).isEqualTo(3);
        assertThat(second.hits(new RuleRef(3, new Position("other.yaml", 12, 5), RULE.text()))
                        .count())
                .isZero();
        assertThat(hours(second, "vps").values()).containsExactly(new Amount(111, 222, 3));
        second.release();
    }

    @Test
    void a_second_process_counts_in_memory_until_the_file_is_free() {
        Archive old = open();
        old.add(Dimension.OUTBOUND, "vps", NOON, new Amount(1, 0, 0));
        old.hit(RULE, 1, NOON);
        Archive next = open();
        next.add(Dimension.OUTBOUND, "vps", NOON, new Amount(2, 0, 0));
        next.add(Dimension.OUTBOUND, "vps", NOON.plus(Duration.ofDays(1)), new Amount(4, 0, 0));
        next.hit(RULE, 1, NOON);
        next.flush();
        assertThat(total(next, "vps")).isEqualTo(6);
        old.release();
        next.open();
        assertThat(total(next, "vps")).isEqualTo(7);
        assertThat(next.hits(RULE).count()).isEqualTo(2);
        next.release();
        Archive last = open();
        assertThat(total(last, "vps")).isEqualTo(7);
        assertThat(last.hits(RULE).count()).isEqualTo(2);
        last.release();
    }

    @Test
    void what_is_counted_after_a_hand_over_comes_to_the_process_that_follows() throws IOException {
        Archive old = open();
        old.add(Dimension.OUTBOUND, "vps", NOON, new Amount(1, 0, 0));
        old.hit(RULE, 1, NOON);
        old.handOver();
        Archive next = open();
        next.add(Dimension.OUTBOUND, "vps", NOON, new Amount(2, 0, 0));
        next.flush();
        old.add(Dimension.OUTBOUND, "vps", NOON, new Amount(4, 0, 1));
        old.hit(RULE, 1, NOON);
        old.flush();
        old.add(Dimension.OUTBOUND, "vps", NOON.plus(Duration.ofDays(1)), new Amount(8, 0, 1));
        old.close();
        assertThat(Book.left(folder)).hasSize(1);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(Book.left(folder).get(0))))
                .isEqualTo("rw-------");
        next.flush();
        assertThat(Book.left(folder)).isEmpty();
        next.flush();
        assertThat(total(next, "vps")).isEqualTo(15);
        assertThat(next.hits(RULE).count()).isEqualTo(2);
        next.release();
        Archive last = open();
        assertThat(total(last, "vps")).isEqualTo(15);
        assertThat(last.hits(RULE).count()).isEqualTo(2);
        last.release();
    }

    @Test
    void who_ends_after_a_hand_over_writes_into_the_file_itself_if_nobody_has_it() {
        Archive old = open();
        old.handOver();
        old.add(Dimension.OUTBOUND, "vps", NOON, new Amount(4, 0, 1));
        old.close();
        assertThat(Book.left(folder)).isEmpty();
        Archive next = open();
        assertThat(total(next, "vps")).isEqualTo(4);
        next.release();
    }

    @Test
    void what_was_left_and_cannot_be_read_stops_nobody() throws IOException {
        Files.writeString(folder.resolve("traffic-1.left"), "no such thing");
        Archive next = open();
        next.add(Dimension.OUTBOUND, "vps", NOON, new Amount(2, 0, 0));
        next.flush();
        assertThat(total(next, "vps")).isEqualTo(2);
        assertThat(Book.left(folder)).isEmpty();
        next.release();
    }

    @Test
    void a_file_that_cannot_be_used_is_set_aside() throws IOException {
        Files.writeString(folder.resolve("traffic.mv"), "not ours".repeat(2000), StandardCharsets.US_ASCII);
        Archive archive = open();
        archive.add(Dimension.OUTBOUND, "vps", NOON, new Amount(1, 0, 0));
        archive.release();
        assertThat(folder.resolve("traffic.bad")).exists();
        Archive again = open();
        assertThat(total(again, "vps")).isEqualTo(1);
        again.release();
    }

    @Test
    void a_file_that_was_cut_or_damaged_anywhere_never_stops_the_program() throws IOException {
        Archive archive = open();
        for (int i = 0; i < 200; i++) {
            archive.add(Dimension.OUTBOUND, "vps" + i, NOON, new Amount(i, 0, 0));
        }
        archive.release();
        byte[] good = Files.readAllBytes(folder.resolve("traffic.mv"));
        Random random = new Random(6);
        for (int round = 0; round < 20; round++) {
            byte[] bad = round % 2 == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            int header = round % 4 < 2 ? 0 : 8192; // or none would come beyond it
            for (int i = 0; i < 50 && bad.length > header; i++) {
                bad[header + random.nextInt(bad.length - header)] ^= (byte) (1 + random.nextInt(255));
            }
            Files.write(folder.resolve("traffic.mv"), bad);
            Archive other = open();
            other.add(Dimension.OUTBOUND, "new", NOON, new Amount(1, 0, 0));
            other.flush();
            assertThat(total(other, "new")).as("round %d", round).isEqualTo(1);
            other.release();
        }
    }

    @Test
    void old_days_go_and_a_clock_that_was_wrong_takes_none_along() {
        Archive archive = new Archive();
        archive.follow(folder, 3);
        for (int day = 0; day < 5; day++) {
            archive.add(Dimension.OUTBOUND, "vps", NOON.plus(Duration.ofDays(day)), new Amount(1L << day, 0, 0));
            archive.flush();
        }
        assertThat(total(archive, "vps")).isEqualTo(4 + 8 + 16);
        archive.add(Dimension.OUTBOUND, "vps", NOON.plus(Duration.ofDays(10_000)), new Amount(1, 0, 0));
        archive.flush();
        assertThat(total(archive, "vps")).isEqualTo(8 + 16);
        archive.release();
    }

    @Test
    void hits_are_not_counted_twice_when_the_disk_has_failed() {
        Map<Long, byte[]> days = new TreeMap<>() {
            @Override
            public byte[] put(Long key, byte[] value) {
                throw new IllegalStateException("full");
            }
        };
        Map<String, String> hits = new HashMap<>();
        Archive archive = new Archive(0, (where, retention) -> new Book(null, days, hits));
        archive.follow(folder, 3);
        archive.hit(RULE, 2, NOON);
        archive.flush();
        for (int round = 0; round < 3; round++) {
            archive.add(Dimension.OUTBOUND, "vps", NOON, new Amount(1, 0, 0));
            archive.hit(RULE, 1, NOON);
            archive.flush();
        }
        archive.open();
        assertThat(archive.hits(RULE).count()).isEqualTo(2);
    }

    @Test
    void what_is_forgotten_is_gone_from_the_disk() throws IOException {
        Archive archive = open();
        archive.add(Dimension.DOMAIN, "secret-name.test", NOON, new Amount(1, 0, 0));
        archive.hit(RULE, 1, NOON);
        archive.flush();
        archive.clear();
        assertThat(archive.hits(RULE).count()).isZero();
        archive.release();
        Archive again = open();
        assertThat(again.read(Dimension.DOMAIN, Instant.EPOCH, NOON.plus(Duration.ofDays(1))))
                .isEmpty();
        assertThat(again.hits(RULE).count()).isZero();
        again.release();
    }

    /** 20 devices, 40 rules, 500 domains a day of 3,000 that there are, for 30 days; the last with flushes every ten minutes. */
    @Test
    void a_month_of_a_home_takes_less_than_five_megabytes_and_little_is_written() throws Exception {
        Archive archive = new Archive(0, Book::open); // a month passes in seconds
        archive.follow(folder, 30);
        Random random = new Random(1);
        Instant start = Instant.parse("2026-11-01T00:00:00Z");
        long before = 0;
        for (int slot = 0; slot < 30 * 144; slot++) {
            Instant now = start.plus(Duration.ofMinutes(10L * slot));
            int day = slot / 144;
            if (slot == 29 * 144) {
                before = written();
            }
            for (int i = 0; i < 60; i++) {
                Amount amount = new Amount(random.nextInt(1 << 20), random.nextInt(1 << 26), 1 + random.nextInt(20));
                int domain = (day * 100 + (int) (500 * Math.pow(random.nextDouble(), 2))) % 3000;
                archive.add(Dimension.DOMAIN, "some-domain-" + domain + ".example", now, amount);
                archive.add(Dimension.DEVICE, "device-" + random.nextInt(20), now, amount);
                archive.add(Dimension.RULE, "rule-set: some-list-" + random.nextInt(40) + " → tunnel", now, amount);
                archive.add(Dimension.OUTBOUND, random.nextBoolean() ? "vps" : "direct", now, amount);
                archive.add(Dimension.GROUP, "ai", now, amount);
                archive.hit(new RuleRef(0, new Position("home.yaml", 1, 1), "rule " + random.nextInt(40)), 1, now);
            }
            if (day == 29 || slot % 6 == 5) {
                Thread.sleep(3); // the store tells by its own clock, in milliseconds, what was replaced before
                archive.flush();
            }
        }
        long hourly = (written() - before) / 24;
        archive.release();
        long size = Files.size(folder.resolve("traffic.mv"));
        System.err.println("a month: " + size + " bytes, " + hourly + " bytes written an hour");
        assertThat(size).isLessThan(5 << 20);
        assertThat(hourly).isLessThan(1 << 20);
        Archive again = open();
        assertThat(again.read(Dimension.DEVICE, start, start.plus(Duration.ofDays(30))))
                .hasSize(20);
        assertThat(again.read(Dimension.DOMAIN, start, start.plus(Duration.ofDays(1))))
                .hasSizeBetween(400, 500);
        again.release();
    }

    /** By this process, to anything. */
    private static long written() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("wchar:"))
                .mapToLong(line -> Long.parseLong(line.substring(7).trim()))
                .sum();
    }
}

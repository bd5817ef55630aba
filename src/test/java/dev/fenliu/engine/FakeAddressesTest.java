package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.FakeRanges;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FakeAddressesTest {
    private static final FakeRanges SMALL = ranges("10.9.8.0/24", "fd00:1:2::/112");

    private final AtomicLong clock = new AtomicLong();
    private FakeAddresses table = table(SMALL);

    private static FakeRanges ranges(String four, String six) {
        return new FakeRanges(Cidr.parse(four), Cidr.parse(six));
    }

    private static FakeOptions on(FakeRanges ranges) {
        return new FakeOptions(true, ranges, Set.of());
    }

    /** Whose batches are written down at once. */
    private FakeAddresses table(FakeRanges ranges) {
        FakeAddresses[] made = new FakeAddresses[1];
        made[0] = new FakeAddresses(clock::get, () -> made[0].release(made[0].reserve()));
        made[0].use(on(ranges));
        return made[0];
    }

    private List<InetAddress> give(String name) {
        return table.addresses(new Host.Name(name));
    }

    private String found(InetAddress address) {
        FakeAddresses.Mapping found = table.find(address);
        return found == null ? "none" : found.name().get().value();
    }

    private void passes(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    @Test
    void a_name_keeps_its_two_addresses_and_both_lead_to_it() {
        List<InetAddress> a = give("a.test");
        List<InetAddress> b = give("b.test");
        assertThat(a).hasSize(2).isEqualTo(give("a.test")).doesNotContainAnyElementsOf(b);
        assertThat(a).allMatch(address -> found(address).equals("a.test"));
        assertThat(b).allMatch(address -> found(address).equals("b.test"));
        assertThat(table.isFake(a.get(0))).isTrue();
        assertThat(table.isFake(Addresses.parse("10.9.9.1"))).isFalse();
        assertThat(found(Addresses.parse("10.9.9.1"))).isEqualTo("none");
    }

    @Test
    void when_all_are_given_nobody_gets_one_until_one_was_not_used_for_an_hour() {
        Map<InetAddress, String> given = new HashMap<>();
        for (int i = 0; i < SMALL.places(); i++) {
            String name = "n" + i + ".test";
            List<InetAddress> both = give(name);
            assertThat(both).as(name).hasSize(2);
            both.forEach(address -> assertThat(given.put(address, name)).isNull());
            assertThat(table.find(both.get(0))).isNotNull();
        }
        assertThat(give("late.test")).isEmpty();
        passes(Duration.ofMinutes(59));
        assertThat(give("n7.test")).as("known names still have theirs").isNotEmpty();
        FakeAddresses.Mapping open = table.find(give("n8.test").get(0));
        open.open();
        assertThat(give("late.test")).isEmpty();
        passes(Duration.ofMinutes(2));
        List<InetAddress> late = give("late.test");
        assertThat(late).hasSize(2);
        assertThat(found(late.get(0))).isEqualTo("late.test");
        assertThat(give("n7.test")).allMatch(address -> given.get(address).equals("n7.test"));
        passes(Duration.ofHours(3));
        for (int i = 0; i < SMALL.places() - 1; i++) {
            assertThat(give("m" + i + ".test")).hasSize(2);
        }
        assertThat(give("m.test")).isEmpty();
        given.forEach((address, name) -> {
            if (name.equals("n8.test")) {
                assertThat(found(address)).as("a flow is open").isEqualTo(name);
            }
        });
        open.close();
        passes(Duration.ofHours(2));
        assertThat(give("m.test")).hasSize(2);
    }

    @Test
    void who_asks_for_names_without_end_and_uses_none_has_theirs_for_ten_minutes() {
        assertThat(found(give("used.test").get(0))).isEqualTo("used.test");
        for (int i = 0; !give("n" + i + ".test").isEmpty(); i++) {
            // all that are free
        }
        passes(Duration.ofMinutes(9));
        assertThat(give("late.test")).isEmpty();
        passes(Duration.ofMinutes(2));
        assertThat(give("late.test")).hasSize(2);
        for (int i = 0; !give("m" + i + ".test").isEmpty(); i++) {
            // all that are free
        }
        assertThat(found(give("used.test").get(0))).isEqualTo("used.test");
    }

    @Test
    void nothing_is_given_that_is_not_written_down() {
        List<FakeAddresses> asked = new ArrayList<>();
        table = new FakeAddresses(clock::get, () -> asked.add(table));
        assertThat(give("a.test")).as("switched off").isEmpty();
        table.use(on(SMALL));
        assertThat(give("a.test")).isEmpty();
        assertThat(give("b.test")).isEmpty();
        assertThat(asked).as("asked once").hasSize(1);
        table.release(table.reserve());
        assertThat(give("a.test")).hasSize(2);
    }

    @Test
    void what_was_kept_leads_to_the_same_names_and_what_could_have_been_given_since_to_none() {
        List<InetAddress> a = give("a.test");
        FakeAddresses.Kept kept = table.kept(false);
        Set<InetAddress> since = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            since.addAll(give("since" + i + ".test"));
        }
        table = table(SMALL);
        table = restored(kept, SMALL);
        assertThat(give("a.test")).isEqualTo(a);
        assertThat(since).allMatch(address -> found(address).equals("none"));
        assertThat(give("other.test")).as("all others may have been given").isEmpty();
        passes(Duration.ofHours(1).plusSeconds(1));
        assertThat(give("other.test")).hasSize(2);
    }

    private FakeAddresses restored(FakeAddresses.Kept kept, FakeRanges ranges) {
        FakeAddresses[] made = new FakeAddresses[1];
        made[0] = new FakeAddresses(clock::get, () -> made[0].release(made[0].reserve()));
        made[0].restore(kept);
        made[0].use(on(ranges));
        return made[0];
    }

    @Test
    void who_ended_well_has_no_address_that_may_be_somebody_elses() {
        List<InetAddress> a = give("a.test");
        table = restored(table.kept(true), SMALL);
        assertThat(give("a.test")).isEqualTo(a);
        assertThat(give("other.test")).hasSize(2).doesNotContainAnyElementsOf(a);
    }

    @Test
    void switched_off_the_addresses_stay_fake_and_lead_to_none() {
        List<InetAddress> a = give("a.test");
        table.use(FakeOptions.OFF);
        assertThat(give("a.test")).isEmpty();
        assertThat(a).allMatch(table::isFake).allMatch(address -> found(address).equals("none"));
        table.use(on(SMALL));
        assertThat(give("a.test")).isEqualTo(a);
    }

    @Test
    void other_ranges_have_other_addresses_and_those_of_before_lead_nowhere() {
        List<InetAddress> a = give("a.test");
        table.use(on(ranges("10.9.10.0/24", "fd00:1:3::/112")));
        assertThat(a).allMatch(table::isFake).allMatch(address -> found(address).equals("none"));
        assertThat(give("b.test")).hasSize(2).doesNotContainAnyElementsOf(a).allMatch(table::isFake);
        table.use(on(ranges("10.9.11.0/24", "fd00:1:3::/112")));
        assertThat(give("c.test")).as("IPv6 may be somebody else's").isEmpty();
        table.use(on(ranges("10.9.8.0/22", "fd00:1:2::/112")));
        assertThat(give("a.test")).as("back again").isEqualTo(a);
        assertThat(give("c.test")).hasSize(2).doesNotContainAnyElementsOf(a);
    }

    @Test
    void a_longer_or_shorter_range_from_the_same_start_keeps_the_names_that_fit() {
        table = table(ranges("10.9.8.0/22", "fd00:1:2::/112"));
        Map<String, List<InetAddress>> given = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            given.put("n" + i + ".test", give("n" + i + ".test"));
        }
        table.use(on(SMALL));
        given.forEach((name, addresses) -> addresses.forEach(
                address -> assertThat(found(address)).isEqualTo(SMALL.place(address) == 0 ? "none" : name)));
        given.values().forEach(addresses -> assertThat(addresses).allMatch(table::isFake));
    }

    @Test
    void threads_share_it() throws InterruptedException {
        table = table(FakeRanges.DEFAULT);
        Map<InetAddress, String> owners = new ConcurrentHashMap<>();
        Set<String> wrong = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int from = 2_000 * t;
            threads.add(new Thread(() -> {
                for (int i = from; i < from + 4_000; i++) {
                    String name = "n" + i + ".test";
                    for (InetAddress address : give(name)) {
                        String before = owners.putIfAbsent(address, name);
                        if (before != null && !before.equals(name)
                                || !found(address).equals(name)) {
                            wrong.add(name);
                        }
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(owners).hasSize(2 * 10_000);
    }
}

package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChoiceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final List<Outbound> members = List.of(new Named("a"), new Named("b"), new Named("c"));
    private final Set<String> ailing = new HashSet<>();
    private final Map<String, Long> delays = new HashMap<>();
    private final Map<String, String> current = new ConcurrentHashMap<>();
    private final Choice fastest = Choice.fastest("g", current, Duration.ofMillis(50), PATIENCE);
    private long nanos = -1_000_000_000_000L;

    private record Named(String name) implements Outbound {
        @Override
        public Set<Transport> transports() {
            return Set.of(Transport.TCP);
        }

        @Override
        public Future<Channel> connect(Dial dial) {
            throw new AssertionError();
        }
    }

    private final Standing standing = new Standing() {
        @Override
        public boolean ails(Outbound member) {
            return ailing.contains(member.name());
        }

        @Override
        public Optional<Duration> delay(Outbound member) {
            return Optional.ofNullable(delays.get(member.name())).map(Duration::ofMillis);
        }

        @Override
        public long nanos() {
            return nanos;
        }
    };

    private static String names(List<Outbound> order) {
        return order.stream().map(Outbound::name).collect(Collectors.joining());
    }

    private String take(Choice choice, Aim aim) {
        String peeked = names(choice.order(members, standing, aim));
        String taken = names(choice.take(members, standing, aim));
        assertThat(peeked).hasSameSizeAs(taken);
        return taken;
    }

    private String fastest() {
        return names(fastest.take(members, standing, Aim.ANY));
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static Aim to(String host, int client) throws Exception {
        return Aim.of(Host.parse(host), InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) client}));
    }

    @Test
    void fallback_takes_the_order_of_the_config_and_those_that_ail_last() {
        assertThat(take(Choice.fallback(), Aim.ANY)).isEqualTo("abc");
        ailing.add("a");
        assertThat(take(Choice.fallback(), Aim.ANY)).isEqualTo("bca");
        ailing.addAll(List.of("b", "c"));
        assertThat(take(Choice.fallback(), Aim.ANY)).isEqualTo("abc");
    }

    @Test
    void the_fastest_that_is_known_at_first_is_taken_at_once() {
        delays.putAll(Map.of("a", 300L, "b", 100L, "c", 200L));
        assertThat(fastest()).isEqualTo("bca");
        assertThat(current).containsEntry("g", "b");
    }

    @Test
    void who_was_taken_in_ignorance_yields_as_soon_as_more_is_known() {
        assertThat(fastest()).isEqualTo("abc");
        delays.put("a", 300L);
        assertThat(fastest()).isEqualTo("abc");
        delays.put("b", 100L);
        assertThat(fastest()).startsWith("b");
    }

    @Test
    void another_must_be_faster_by_more_than_the_tolerance_and_for_all_of_a_while() {
        delays.putAll(Map.of("a", 100L, "b", 200L, "c", 300L));
        assertThat(fastest()).startsWith("a");
        delays.put("b", 50L);
        pass(PATIENCE.multipliedBy(10));
        assertThat(fastest()).startsWith("a");
        pass(PATIENCE.multipliedBy(10));
        assertThat(fastest()).startsWith("a");
        delays.put("b", 49L);
        assertThat(fastest()).startsWith("a");
        pass(PATIENCE.minusMillis(1));
        assertThat(fastest()).startsWith("a");
        delays.put("b", 60L);
        assertThat(fastest()).startsWith("a");
        delays.put("b", 40L);
        assertThat(fastest()).startsWith("a");
        pass(PATIENCE);
        assertThat(fastest()).startsWith("b");
    }

    @Test
    void one_that_ails_is_left_at_once_and_gets_no_flow_back_only_because_it_is_well_again() {
        delays.putAll(Map.of("a", 100L, "b", 120L));
        assertThat(fastest()).isEqualTo("abc");
        ailing.add("a");
        assertThat(fastest()).isEqualTo("bca");
        ailing.clear();
        pass(PATIENCE.multipliedBy(3));
        assertThat(fastest()).isEqualTo("bac");
        pass(PATIENCE.multipliedBy(3));
        assertThat(fastest()).isEqualTo("bac");
    }

    @Test
    void when_all_ail_the_current_one_is_still_tried_first() {
        delays.putAll(Map.of("a", 100L, "b", 90L));
        current.put("g", "a");
        ailing.addAll(Set.of("a", "b", "c"));
        assertThat(fastest()).startsWith("a");
    }

    @Test
    void the_current_one_outlives_a_restart_and_a_reload() {
        current.put("g", "c");
        delays.putAll(Map.of("a", 100L, "b", 110L, "c", 300L));
        assertThat(fastest()).startsWith("c");
        Choice reloaded = Choice.fastest("g", current, Duration.ofMillis(50), PATIENCE);
        assertThat(names(reloaded.take(members, standing, Aim.ANY))).startsWith("c");
        current.put("g", "gone");
        assertThat(fastest()).startsWith("a");
    }

    /** Noise that knows the rule: whoever is not current is much faster, for as long as it takes, again and again. */
    @Test
    void noise_that_is_made_for_it_moves_it_rarer_and_rarer() {
        delays.putAll(Map.of("a", 100L, "b", 100L, "c", 100L));
        fastest();
        List<Long> changes = new ArrayList<>();
        String before = current.get("g");
        for (int second = 0; second < 24 * 3600; second++) {
            for (Outbound member : members) {
                delays.put(member.name(), member.name().equals(current.get("g")) ? 1_000L : 10L);
            }
            fastest();
            if (!before.equals(current.get("g"))) {
                changes.add((long) second);
                before = current.get("g");
            }
            pass(Duration.ofSeconds(1));
        }
        assertThat(changes).hasSizeLessThanOrEqualTo(28);
        assertThat(changes.get(1) - changes.get(0)).isGreaterThanOrEqualTo(1_800);
        assertThat(changes.get(5) - changes.get(4)).isGreaterThanOrEqualTo(3_600);
    }

    @Test
    void a_week_of_noise_around_the_same_speed_moves_it_hardly_ever() {
        Random random = new Random(7);
        Map<String, Recent> recent = new HashMap<>();
        int changes = 0;
        String before = "";
        for (int minute = 0; minute < 7 * 24 * 60; minute++) {
            for (Outbound member : members) {
                Recent times = recent.computeIfAbsent(member.name(), any -> new Recent(5));
                if (minute % 5 == 0) {
                    long millis = 100L + (random.nextInt(10) == 0 ? random.nextInt(3_000) : random.nextInt(80));
                    times.add(Duration.ofMillis(millis));
                }
                times.median().ifPresent(median -> delays.put(member.name(), median.toMillis()));
            }
            fastest();
            changes += current.get("g").equals(before) ? 0 : 1;
            before = current.get("g");
            pass(Duration.ofMinutes(1));
        }
        assertThat(changes).isLessThanOrEqualTo(4);
    }

    @Test
    void a_choice_that_is_looked_at_does_not_change() {
        Choice turns = Choice.roundRobin();
        for (int i = 0; i < 5; i++) {
            assertThat(names(turns.order(members, standing, Aim.ANY))).isEqualTo("abc");
        }
        delays.putAll(Map.of("a", 300L, "b", 100L));
        current.put("g", "a");
        for (int i = 0; i < 5; i++) {
            pass(PATIENCE);
            assertThat(names(fastest.order(members, standing, Aim.ANY))).startsWith("a");
        }
    }

    @Test
    void round_robin_goes_round_and_spreads_the_turns_of_those_that_ail() {
        Choice turns = Choice.roundRobin();
        assertThat(IntStream.range(0, 6).mapToObj(i -> take(turns, Aim.ANY).substring(0, 1)))
                .containsExactly("a", "b", "c", "a", "b", "c");
        ailing.add("b");
        List<String> taken = IntStream.range(0, 600)
                .mapToObj(i -> take(turns, Aim.ANY).substring(0, 1))
                .toList();
        assertThat(taken.stream().filter("a"::equals)).hasSize(300);
        assertThat(taken.stream().filter("c"::equals)).hasSize(300);
    }

    @Test
    void a_hash_gives_a_site_with_all_its_names_to_one_member_whoever_asks() throws Exception {
        Choice hash = Choice.hash();
        Map<String, Integer> count = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            String one = take(hash, to("www.site" + i + ".example", 1)).substring(0, 1);
            assertThat(take(hash, to("a.b.site" + i + ".example", 2))).startsWith(one);
            count.merge(one, 1, Integer::sum);
        }
        assertThat(count.values()).allSatisfy(share -> assertThat(share).isBetween(850, 1_150));
    }

    @Test
    void of_the_sites_of_a_hash_only_those_move_whose_member_is_gone() throws Exception {
        Choice hash = Choice.hash();
        Map<String, String> before = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            before.put("site" + i + ".example", take(hash, to("site" + i + ".example", 1)));
        }
        ailing.add("b");
        for (Map.Entry<String, String> site : before.entrySet()) {
            String now = take(hash, to(site.getKey(), 1));
            assertThat(now.charAt(0)).isEqualTo(site.getValue().replace("b", "").charAt(0));
        }
        List<Outbound> fewer = List.of(members.get(2), members.get(0));
        ailing.clear();
        for (Map.Entry<String, String> site : before.entrySet()) {
            String now = names(hash.order(fewer, standing, to(site.getKey(), 1)));
            assertThat(now).isEqualTo(site.getValue().replace("b", ""));
        }
    }

    @Test
    void who_is_sticky_keeps_its_member_until_it_is_long_away_or_the_member_ails() throws Exception {
        Choice sticky = Choice.sticky(() -> nanos);
        assertThat(take(sticky, to("www.a.example", 1))).startsWith("a");
        assertThat(take(sticky, to("www.a.example", 2))).startsWith("b");
        assertThat(take(sticky, to("www.b.example", 1))).startsWith("c");
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofMinutes(9));
            assertThat(take(sticky, to("api.a.example", 1))).startsWith("a");
        }
        ailing.add("a");
        String other = take(sticky, to("www.a.example", 1)).substring(0, 1);
        assertThat(other).isNotEqualTo("a");
        ailing.clear();
        assertThat(take(sticky, to("www.a.example", 1))).startsWith(other);
        pass(Duration.ofMinutes(11));
        Set<String> later = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            later.add(take(sticky, to("www.a.example", 10 + i)).substring(0, 1));
        }
        assertThat(later).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.com, example.com",
        "example.com, example.com",
        "a.b.c.example.com, example.com",
        "www.example.co.uk, example.co.uk",
        "example.co.uk, example.co.uk",
        "co.uk, co.uk",
        "www.example.idv.tw, example.idv.tw",
        "www.example.com.cn, example.com.cn",
        "a.anna.github.io, anna.github.io",
        "anna.github.io, anna.github.io",
        "github.io, github.io",
        "b.bucket.s3.amazonaws.com, bucket.s3.amazonaws.com",
        "ec2.amazonaws.com, amazonaws.com",
        "a.example.com.cn, example.com.cn",
        "x.y.co, y.co",
        "www.com.example, com.example",
        "localhost, localhost",
        "192.0.2.7, 192.0.2.7",
        "2001:db8::1, 2001:db8::1",
    })
    void hosts_of_a_site_share_its_name(String host, String site) {
        assertThat(Site.of(Host.parse(host))).isEqualTo(site);
    }
}

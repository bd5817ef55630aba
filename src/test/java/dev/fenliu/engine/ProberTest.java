package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProberTest {
    private static final String OUTBOUNDS = """
        outbounds:
          a: {type: socks5, server: "127.0.0.1:1"}
          b: {type: socks5, server: "127.0.0.1:2"}
          c: {type: socks5, server: "127.0.0.1:3"}
        """;

    @TempDir
    private static Path folder;

    private final EventLoopGroup loops = Sockets.loops(1);
    private final EventLoop loop = loops.next();
    private final AtomicLong clock = new AtomicLong();
    private final Kept kept =
            Kept.fresh(loops, clock::get, folder.resolve(UUID.randomUUID().toString()));
    private final Health health = kept.health();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Long> delays = new HashMap<>();
    private final Map<String, String> faults = new HashMap<>();
    private final FarEnds farEnds = kept.exits().farEnds();
    private final Prober prober = new Prober(loop, health, clock::get, new Checker(loop, health, farEnds, this::ask));

    private Future<Checker.Answer> ask(Outbound outbound, Check check) {
        asked.add(outbound.name());
        Long millis = delays.get(outbound.name());
        return millis == null
                ? loop.newFailedFuture(new Failure(Failure.Kind.TUNNEL_DOWN, "down"))
                : loop.newSucceededFuture(new Checker.Answer(
                        Duration.ofMillis(millis), Optional.ofNullable(faults.get(outbound.name()))));
    }

    @AfterEach
    void stop() {
        prober.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private void follow(String groups) throws Exception {
        Assembly assembly = Built.assembly(groups + OUTBOUNDS, kept);
        prober.follow(assembly.config(), assembly.generation());
        loop.submit(() -> {}).get();
    }

    /** Lets time pass; whom the prober has asked meanwhile, a name each time. */
    private List<String> pass(Duration time) throws Exception {
        asked.clear();
        long end = clock.get() + time.toNanos();
        while (clock.get() < end) {
            clock.addAndGet(Duration.ofSeconds(1).toNanos());
            loop.submit(prober::look).get();
        }
        return List.copyOf(asked);
    }

    private void use(String outbound) {
        Health.Exchange exchange = health.exchange(outbound, Host.parse("a.test"));
        exchange.asked();
        exchange.answered();
        exchange.ended(true, 0, 0);
    }

    @Test
    void the_members_of_a_fastest_group_are_measured_soon_and_others_not_before_they_are_used() throws Exception {
        delays.putAll(Map.of("a", 1L, "b", 2L, "c", 3L));
        follow("""
            groups:
              fast: {type: fastest, members: [a, inner]}
              inner: {type: select, members: [b]}
              slow: {type: fallback, members: [c]}
            """);
        use("a");
        assertThat(new TreeSet<>(pass(Duration.ofSeconds(5)))).containsExactly("a", "b");
        pass(Duration.ofHours(2));
        assertThat(pass(Duration.ofHours(3))).isEmpty();
        assertThat(health.delay("b", Check.DEFAULT)).contains(Duration.ofMillis(2));
    }

    @Test
    void what_flows_use_is_left_alone_and_its_rivals_are_asked_rarely() throws Exception {
        delays.putAll(Map.of("a", 1L, "b", 2L, "c", 3L));
        follow("groups: {g: {type: fallback, members: [a, b]}}\n");
        int asks = 0;
        for (int minute = 0; minute < 60; minute++) {
            use("a");
            List<String> now = pass(Duration.ofMinutes(1));
            assertThat(now).doesNotContain("a").doesNotContain("c");
            asks += now.size();
        }
        assertThat(asks).isBetween(11, 15);
        pass(Duration.ofHours(2));
        assertThat(pass(Duration.ofHours(10))).isEmpty();
    }

    @Test
    void a_page_that_is_wrong_is_asked_for_again_although_flows_use_the_member() throws Exception {
        delays.putAll(Map.of("a", 1L, "b", 2L));
        faults.put("a", "answers 403");
        follow("groups: {g: {type: fallback, members: [a, b]}}\n");
        use("b");
        pass(Duration.ofMinutes(6));
        assertThat(health.fault("a", Check.DEFAULT)).contains("answers 403");
        faults.clear();
        for (int minute = 0; minute < 6; minute++) {
            use("a");
            pass(Duration.ofMinutes(1));
        }
        assertThat(health.fault("a", Check.DEFAULT)).isEmpty();
    }

    @Test
    void the_doctor_comes_to_what_flows_use_and_is_believed_the_second_time() throws Exception {
        delays.putAll(Map.of("a", 1L, "b", 2L));
        Check doctor = Check.doctor(Check.DOCTOR_EVERY);
        follow("groups: {g: {type: fallback, members: [a, b], check: {doctor: chatgpt}}}\n");
        assertThat(pass(Duration.ofMinutes(5))).as("nobody uses the group").isEmpty();
        use("a");
        assertThat(pass(Duration.ofSeconds(2))).containsExactlyInAnyOrder("a", "b");
        int asks = 0;
        for (int minute = 0; minute < 60; minute++) {
            use("a");
            asks += pass(Duration.ofMinutes(1)).size();
        }
        assertThat(asks).isEqualTo(4);
        faults.put("a", "web: it refuses this exit (403)");
        while (!pass(Duration.ofSeconds(1)).contains("a")) {
            use("a");
        }
        assertThat(farEnds.fault("a", doctor)).as("once may be an accident").isEmpty();
        pass(Duration.ofSeconds(20));
        assertThat(farEnds.fault("a", doctor)).contains("web: it refuses this exit (403)");
        assertThat(health.fault("a", doctor)).isPresent();
        assertThat(pass(Duration.ofMinutes(10)))
                .as("again and again, less and less often")
                .hasSizeBetween(4, 6);
        faults.clear();
        pass(Duration.ofMinutes(15));
        assertThat(farEnds.fault("a", doctor)).isEmpty();
    }

    @Test
    void a_member_that_is_wanted_and_refused_keeps_the_doctor_coming() throws Exception {
        delays.putAll(Map.of("a", 1L));
        faults.put("a", "API: it does not serve this country (403)");
        follow("groups: {g: {type: fallback, members: [a], check: {doctor: chatgpt}}}\n");
        use("a");
        pass(Duration.ofMinutes(50));
        for (int minute = 0; minute < 60; minute++) {
            health.wanted("a");
            pass(Duration.ofMinutes(1));
        }
        faults.clear();
        pass(Duration.ofMinutes(31));
        assertThat(farEnds.fault("a", Check.doctor(Check.DOCTOR_EVERY))).isEmpty();
    }

    @Test
    void a_member_in_doubt_is_asked_at_once_and_the_doubt_goes_with_the_answer() throws Exception {
        delays.put("a", 1L);
        follow("groups: {g: {type: fallback, members: [a, b]}}\n");
        health.exchange("a", Host.parse("a.test")).asked();
        assertThat(pass(Duration.ofSeconds(3))).containsExactly("a");
        assertThat(pass(Duration.ofSeconds(10))).isEmpty();
        assertThat(health.vitals("a").failure()).isEmpty();
    }

    @Test
    void a_member_that_is_down_is_asked_before_a_flow_would_try_it_and_less_and_less_often() throws Exception {
        follow("groups: {g: {type: fallback, members: [a, b], check: {every: 10m}}}\n");
        use("b");
        health.unanswered("a", new Reason("timeout", "down"), false);
        int first = 0;
        for (int second = 0; second < 300; second++) {
            use("b");
            first += pass(Duration.ofSeconds(1)).size();
            assertThat(health.vitals("a").ailing()).isTrue();
        }
        assertThat(first).isBetween(4, 8);
        delays.put("a", 1L);
        for (int second = 0; second < 300 && health.vitals("a").ailing(); second++) {
            use("b");
            pass(Duration.ofSeconds(1));
        }
        assertThat(health.vitals("a").failure()).isEmpty();
    }

    @Test
    void one_that_flows_use_shows_what_it_can_when_another_claims_to_be_faster() throws Exception {
        delays.putAll(Map.of("a", 100L, "b", 200L));
        follow("groups: {g: {type: fastest, members: [a, b]}}\n");
        pass(Duration.ofSeconds(5));
        delays.put("b", 10L);
        List<String> all = new java.util.ArrayList<>();
        for (int minute = 0; minute < 60; minute++) {
            use("a");
            all.addAll(pass(Duration.ofMinutes(1)));
        }
        assertThat(all).contains("a", "b");
        assertThat(health.delay("b", Check.DEFAULT)).contains(Duration.ofMillis(10));
        assertThat(health.delay("a", Check.DEFAULT)).contains(Duration.ofMillis(100));
    }

    @Test
    void a_name_that_the_rules_tunnel_is_not_asked_for_without_a_tunnel() throws Exception {
        delays.putAll(Map.of("a", 1L, "direct", 1L));
        follow("""
            rules: [{domain-suffix: gstatic.com, to: a}, {to: direct}]
            groups:
              g: {type: fastest, members: [a, direct]}
            """);
        assertThat(pass(Duration.ofSeconds(5))).containsExactly("a");
        follow("groups: {g: {type: fastest, members: [a, direct]}}\n");
        assertThat(pass(Duration.ofSeconds(5))).containsExactly("direct");
    }

    @Test
    void nobody_is_asked_where_checks_are_off() throws Exception {
        follow("groups: {g: {type: fallback, members: [a, b], check: off}, s: {type: select, members: [c]}}\n");
        health.unanswered("a", new Reason("timeout", "down"), false);
        use("b");
        assertThat(pass(Duration.ofHours(1))).isEmpty();
    }

    @Test
    void all_members_are_measured_when_somebody_wants_it() throws Exception {
        delays.put("a", 7L);
        follow("groups: {g: {type: select, members: [a, b]}, none: {type: select, members: []}}\n");
        Assembly assembly = Built.assembly("groups: {g: {type: select, members: [a, b]}}\n" + OUTBOUNDS, kept);
        var group = (dev.fenliu.outbound.Group) java.util.Objects.requireNonNull(
                assembly.generation().outbounds().get("g"));
        List<Prober.Finding> found = prober.measure(group).get();
        assertThat(found).hasSize(2);
        assertThat(found.get(0).delay()).contains(Duration.ofMillis(7));
        assertThat(found.get(1).fault().map(Reason::text)).contains("down");
    }

    /** The square of their number would take longer than this test may. */
    @Test
    void somebody_may_ask_for_any_page_through_one_and_groups_hear_only_of_what_they_ask_themselves() throws Exception {
        delays.put("b", 7L);
        Assembly assembly = Built.assembly("groups: {g: {type: fallback, members: [a, b]}}\n" + OUTBOUNDS, kept);
        prober.follow(assembly.config(), assembly.generation());
        Outbound a = Objects.requireNonNull(assembly.generation().outbounds().get("a"));
        Outbound b = Objects.requireNonNull(assembly.generation().outbounds().get("b"));
        Outbound group =
                Objects.requireNonNull(assembly.generation().outbounds().get("g"));
        Check other = new Check(URI.create("http://other.test/"), Check.EVERY, Check.TIMEOUT, List.of());
        assertThat(prober.measure(b, other).get().delay()).contains(Duration.ofMillis(7));
        assertThat(prober.measure(a, other).get().fault().map(Reason::text)).contains("down");
        assertThat(health.vitals("a").failure()).isEmpty();
        assertThat(health.delay("b", other)).isEmpty();
        assertThat(prober.measure(group, Check.DEFAULT).get().outbound()).isEqualTo("a");
        assertThat(health.vitals("a").failure().map(Reason::text)).contains("down");
        assertThat(prober.measure(group, Check.DEFAULT).get().outbound()).isEqualTo("b");
        assertThat(health.delay("b", Check.DEFAULT)).contains(Duration.ofMillis(7));
    }

    @Test
    void thousands_of_members_are_looked_over_one_by_one() throws Exception {
        String names = IntStream.range(0, 5_000).mapToObj(i -> "n" + i).collect(Collectors.joining(", "));
        String outbounds = IntStream.range(0, 5_000)
                .mapToObj(i -> "  n" + i + ": {type: socks5, server: \"127.0.0.1:1\"}\n")
                .collect(Collectors.joining());
        Assembly assembly = Built.assembly(
                "groups: {g: {type: fallback, members: [" + names + "]}}\noutbounds:\n" + outbounds, kept);
        prober.follow(assembly.config(), assembly.generation());
        use("n4999");
        assertThat(pass(Duration.ofMinutes(2))).isEmpty();
    }
}

package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How often the people of a home wait for a name. */
class HomeTraceTest {
    private static final List<HomeTrace.Lookup> WEEK = HomeTrace.week();

    /** An upstream that answers when it is told to. */
    private static final class LateUpstream implements Exchanger {
        private record Asked(Query query, Promise<byte[]> answer) {}

        private final EventLoop loop;
        private final Map<Query, byte[]> answers = new HashMap<>();
        private final Queue<Asked> waiting = new ArrayDeque<>();
        private int asked;

        LateUpstream(EventLoop loop) {
            this.loop = loop;
            for (HomeTrace.Lookup lookup : WEEK) {
                answers.computeIfAbsent(query(lookup), query -> answer(query, lookup));
            }
        }

        private static byte[] answer(Query query, HomeTrace.Lookup lookup) {
            String data = switch (lookup.type()) {
                case Query.A -> "A 10.0.0.1";
                case Query.AAAA -> "AAAA 2001:db8::1";
                default -> "HTTPS 1 . alpn=h2";
            };
            byte[] message = query.encode(0, query.nameBytes(), Edns.PLAIN, false);
            return Replies.to(message, 0, lookup.name() + ". " + lookup.ttl() + " IN " + data);
        }

        @Override
        public Future<byte[]> exchange(Query query, Edns edns, long millis) {
            asked++;
            Asked one = new Asked(query, loop.newPromise());
            waiting.add(one);
            return one.answer();
        }

        void answer() {
            for (Asked one; (one = waiting.poll()) != null; ) {
                one.answer().setSuccess(answers.get(one.query()).clone());
            }
        }

        @Override
        public void close() {}
    }

    /** The outcome of a week, in shares of all look-ups. */
    private record Week(double waits, double asked, List<Long> staleSeconds) {
        double olderThan(Duration age) {
            return (double) staleSeconds.stream()
                            .filter(seconds -> seconds > age.toSeconds())
                            .count()
                    / WEEK.size();
        }
    }

    private static Query query(HomeTrace.Lookup lookup) {
        return Replies.query(lookup.name(), lookup.type());
    }

    /** A resolver, its upstream, and its clock. */
    private static final class Home {
        private final StillLoop time = new StillLoop();
        private final LateUpstream upstream = new LateUpstream(time.loop());
        private final CacheOptions options;
        private long now = 1;
        private AnswerCache cache = new AnswerCache(() -> now);
        private Lookups lookups;

        Home(CacheOptions options) {
            this.options = options;
            lookups = lookups();
        }

        private Lookups lookups() {
            cache.resize(options.size());
            Server server = new Server(
                    "up",
                    upstream,
                    new Server.Traits(false, false, Edns.PLAIN),
                    time.loop(),
                    () -> now,
                    new RebindingGuard(java.util.Set.of("test", "example")));
            return new Lookups(new ServerGroup("", List.of(server), time.loop()), cache, options, time.loop());
        }

        Week live(Duration restart) {
            int waits = 0;
            List<Long> stale = new ArrayList<>();
            long up = 0;
            for (HomeTrace.Lookup lookup : WEEK) {
                if (lookup.millis() - up > restart.toMillis()) {
                    up = lookup.millis();
                    restart();
                }
                now = 1 + TimeUnit.MILLISECONDS.toNanos(lookup.millis());
                Future<Answer> answer = lookups.ask(query(lookup), time.loop());
                time.run();
                if (!answer.isDone()) {
                    waits++;
                } else if (answer.getNow().expiredSince(now) >= 0) {
                    stale.add(TimeUnit.NANOSECONDS.toSeconds(answer.getNow().expiredSince(now)));
                }
                upstream.answer();
                assertThat(answer.isSuccess()).isTrue();
            }
            return new Week((double) waits / WEEK.size(), (double) upstream.asked / WEEK.size(), stale);
        }

        private void restart() {
            try {
                ByteArrayOutputStream saved = new ByteArrayOutputStream();
                cache.save(new DataOutputStream(saved));
                cache = new AnswerCache(() -> now);
                lookups = lookups();
                cache.load(
                        new DataInputStream(new ByteArrayInputStream(saved.toByteArray())),
                        Duration.ZERO,
                        name -> true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Week live(CacheOptions options) {
        return new Home(options).live(Duration.ofDays(7));
    }

    @Test
    void people_wait_for_less_than_one_name_in_twenty_and_upstreams_are_asked_no_more_for_it() {
        Week plain = live(new CacheOptions(CacheOptions.DEFAULT.size(), Duration.ZERO, Duration.ZERO, false));
        assertThat(plain.waits()).isBetween(0.7, 0.8);
        Week week = live(CacheOptions.DEFAULT);
        assertThat(week.waits()).isLessThan(0.05);
        assertThat(week.olderThan(Duration.ofHours(1))).as("its price").isLessThan(0.06);
        assertThat(week.asked()).isLessThan(plain.asked() + 0.001);
    }

    @Test
    void restarts_cost_them_nothing() {
        assertThat(new Home(CacheOptions.DEFAULT).live(Duration.ofHours(6)).waits())
                .isLessThan(0.05);
    }
}

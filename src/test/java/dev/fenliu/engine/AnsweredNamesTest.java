package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AnsweredNamesTest {
    private static final InetAddress ANNA = Addresses.parse("192.168.1.2");
    private static final InetAddress BERT = Addresses.parse("192.168.1.3");
    private static final InetAddress SITE = Addresses.parse("203.0.113.7");

    private final AtomicLong clock = new AtomicLong();
    private final AnsweredNames names = new AnsweredNames(clock::get);

    private void tell(InetAddress client, String name, InetAddress... addresses) {
        names.tell(client, new Host.Name(name), List.of(addresses));
    }

    private List<String> names(InetAddress client, InetAddress address) {
        return names.names(client, address).stream().map(Host.Name::value).toList();
    }

    private static InetAddress address(int n) {
        return Addresses.of(new byte[] {11, (byte) (n >> 16), (byte) (n >> 8), (byte) n});
    }

    @Test
    void a_client_is_known_by_what_it_was_told_the_latest_first() {
        tell(ANNA, "a.test", SITE, address(1));
        tell(ANNA, "b.test", SITE);
        tell(ANNA, "a.test", SITE);
        tell(BERT, "c.test", SITE);
        assertThat(names(ANNA, SITE)).containsExactly("a.test", "b.test");
        assertThat(names(BERT, SITE)).containsExactly("c.test");
        assertThat(names(ANNA, address(1))).containsExactly("a.test");
        assertThat(names(ANNA, address(2))).isEmpty();
    }

    @Test
    void who_was_not_told_itself_may_have_it_by_another_address_or_a_forwarder() {
        tell(ANNA, "a.test", SITE);
        tell(BERT, "b.test", SITE);
        assertThat(names(Addresses.parse("fd00::2"), SITE)).containsExactlyInAnyOrder("a.test", "b.test");
    }

    @Test
    void what_was_told_counts_for_six_hours_from_the_last_time() {
        tell(ANNA, "a.test", SITE);
        tell(ANNA, "b.test", SITE);
        clock.addAndGet(Duration.ofHours(5).toNanos());
        tell(ANNA, "b.test", SITE);
        clock.addAndGet(Duration.ofHours(5).toNanos());
        assertThat(names(ANNA, SITE)).containsExactly("b.test");
        clock.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(names(ANNA, SITE)).isEmpty();
    }

    @Test
    void of_the_names_of_one_address_the_oldest_go() {
        for (int i = 0; i <= AnsweredNames.MOST_NAMES; i++) {
            tell(ANNA, "n" + i + ".test", SITE);
        }
        assertThat(names(ANNA, SITE)).hasSize(AnsweredNames.MOST_NAMES).doesNotContain("n0.test");
    }

    @Test
    void a_client_that_asks_without_end_forgets_its_own() {
        tell(BERT, "b.test", SITE);
        for (int i = 0; i < 3 * AnsweredNames.MOST; i++) {
            tell(ANNA, "a.test", address(i));
        }
        assertThat(names.size()).isEqualTo(AnsweredNames.MOST_OF_A_CLIENT + 1);
        assertThat(names(BERT, SITE)).containsExactly("b.test");
        assertThat(names(ANNA, address(0))).isEmpty();
        assertThat(names(ANNA, address(3 * AnsweredNames.MOST - 1))).containsExactly("a.test");
    }

    @Test
    void many_clients_share_what_there_is_and_those_with_most_forget_first() {
        tell(BERT, "b.test", SITE);
        for (int client = 1; client <= 4; client++) {
            for (int i = 0; i < AnsweredNames.MOST_OF_A_CLIENT; i++) {
                tell(Addresses.of(new byte[] {10, 0, 0, (byte) client}), "a.test", address(i));
            }
        }
        assertThat(names.size()).isEqualTo(AnsweredNames.MOST);
        assertThat(names(BERT, SITE)).containsExactly("b.test");
        for (int client = 1; client <= 2 * AnsweredNames.MOST_CLIENTS; client++) {
            tell(address(client), "c.test", SITE);
        }
        assertThat(names.size()).isEqualTo(AnsweredNames.MOST_CLIENTS);
    }

    @Test
    void threads_share_it() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int client = 1; client <= 4; client++) {
            InetAddress who = address(client);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 30_000; i++) {
                    tell(who, "a.test", address(i));
                    names(who, address(i / 2));
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(names.size()).isEqualTo(AnsweredNames.MOST);
    }
}

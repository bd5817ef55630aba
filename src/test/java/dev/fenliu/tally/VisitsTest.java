package dev.fenliu.tally;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.Views;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VisitsTest {
    private final Visits visits = new Visits(3);
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private int ids;

    private static FlowView flow(int id, String client, String to) {
        Flow flow = new Flow(
                id,
                Transport.TCP,
                "lan",
                new InetSocketAddress(Addresses.parse(client), 50_000 + id),
                Destination.parse(to),
                Optional.empty());
        return Views.ended(flow, "home.yaml", List.of("vps"), 1, 1, "ok");
    }

    private void visit(String to) {
        visits.add(flow(ids++, "192.168.1.7", to), now);
    }

    private List<String> seen() {
        return visits.all(now).stream()
                .map(visit -> visit.host() + ":" + visit.flow().destination().port() + " " + visit.count())
                .toList();
    }

    @Test
    void the_same_way_is_one_whatever_the_port_of_the_client() {
        visit("a.test:443");
        visit("a.test:80");
        visit("a.test:443");
        assertThat(seen()).containsExactly("a.test:80 1", "a.test:443 2");
        visits.add(flow(ids++, "192.168.1.8", "a.test:443"), now);
        assertThat(seen()).containsExactly("a.test:80 1", "a.test:443 2", "a.test:443 1");
    }

    @Test
    void an_address_is_told_apart_by_the_name_that_the_first_bytes_gave() {
        FlowView flow = flow(1, "192.168.1.7", "203.0.113.9:443");
        visits.add(Views.named(flow, "a.test"), now);
        visits.add(Views.named(flow, "b.test"), now);
        visits.add(Views.named(flow(2, "192.168.1.7", "asked.test:443"), "front.test"), now);
        assertThat(seen()).containsExactly("a.test:443 1", "b.test:443 1", "asked.test:443 1");
        assertThat(visits.all(now).get(0).flow().destination()).hasToString("203.0.113.9:443");
        assertThat(visits.all(now).get(2).name()).isEmpty();
    }

    @Test
    void beyond_the_bound_the_one_that_was_not_seen_for_the_longest_goes() {
        visit("a.test:443");
        visit("b.test:443");
        visit("c.test:443");
        visit("a.test:443");
        visit("d.test:443");
        assertThat(seen()).containsExactly("c.test:443 1", "a.test:443 2", "d.test:443 1");
    }

    @Test
    void after_a_day_without_a_flow_it_is_forgotten() {
        visit("a.test:443");
        now = now.plus(Duration.ofHours(13));
        visit("b.test:443");
        visit("b.test:443");
        now = now.plus(Duration.ofHours(12));
        assertThat(seen()).containsExactly("b.test:443 2");
        visit("a.test:443");
        assertThat(seen()).containsExactly("b.test:443 2", "a.test:443 1");
        now = now.plus(Duration.ofHours(25));
        assertThat(seen()).isEmpty();
        visits.clear();
    }
}

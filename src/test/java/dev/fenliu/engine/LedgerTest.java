package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final UserFile.User ANNA = user("anna-key", 1000, 2);
    private static final UserFile.User NEW = new UserFile.User(
            Optional.empty(), Optional.of(new Secret("code")), Optional.empty(), Optional.empty(), 0, 0);

    private final Ledger ledger = new Ledger();

    private static UserFile.User user(String key, long traffic, int flows) {
        return new UserFile.User(
                Optional.of(new Secret(key)), Optional.empty(), Optional.empty(), Optional.empty(), traffic, flows);
    }

    private static ListenerPlan<?> plan(Map<String, UserFile.User> users) {
        UserFile file = new UserFile(Path.of("users.yaml"), users);
        return new ListenerPlan<>(
                new ApiListener(options -> client -> {}),
                new dev.fenliu.inbound.ListenerSettings(
                        "x", "tunnel", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), Map.of(), false),
                ApiOptions.DEFAULT,
                Optional.of(file));
    }

    private static Flow flow(String listener, String user) {
        return new Flow(
                1,
                Transport.TCP,
                listener,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 2),
                Destination.parse("example.com:443"),
                Optional.of(user));
    }

    private Failure.Kind check(String user) {
        Failure failure = ledger.check(flow("tunnel", user));
        return failure == null ? null : failure.kind();
    }

    private void use(String user, long bytes) {
        ledger.opened(flow("tunnel", user));
        ledger.closed(Views.ended(flow("tunnel", user), "-", List.of("-"), bytes, bytes, "ok"), 0, 0);
    }

    @Test
    void users_with_a_key_may_and_a_code_is_for_pairing_alone() {
        ledger.follow(List.of(plan(Map.of("anna", ANNA, "bob", NEW))));
        assertThat(check("anna")).isNull();
        assertThat(check("pair/bob")).isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(check("bob")).isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(ledger.check(flow("mixed", "carl"))).isNull();
    }

    @Test
    void those_who_are_gone_or_have_another_key_are_told() {
        ledger.follow(List.of(plan(Map.of("anna", ANNA, "bob", ANNA, "carl", ANNA))));
        assertThat(ledger.follow(List.of(plan(Map.of("anna", ANNA, "bob", user("other", 0, 0))))))
                .containsExactlyInAnyOrder("tunnel bob", "tunnel carl");
    }

    @Test
    void no_more_flows_than_a_user_may_have() {
        ledger.follow(List.of(plan(Map.of("anna", ANNA))));
        ledger.opened(flow("tunnel", "anna"));
        ledger.opened(flow("tunnel", "anna"));
        assertThat(check("anna")).isNull();
        ledger.opened(flow("tunnel", "anna"));
        assertThat(check("anna")).isEqualTo(Failure.Kind.OVERLOADED);
        assertThat(ledger.users()).containsExactly(new Status.User("anna", 3, 0, 1000));
    }

    @Test
    void a_month_has_its_traffic_and_no_more() {
        ledger.follow(List.of(plan(Map.of("anna", ANNA))));
        use("anna", 300);
        assertThat(check("anna")).isNull();
        assertThat(ledger.take()).containsEntry("anna", new Traffic(300, 300, 1));
        ledger.month(Map.of("anna", 600L));
        use("anna", 100);
        assertThat(check("anna")).isNull();
        use("anna", 100);
        assertThat(check("anna")).isEqualTo(Failure.Kind.FORBIDDEN);
        ledger.month(Map.of());
        assertThat(check("anna")).isNull();
    }

    @Test
    void traffic_counts_while_it_flows_and_once() {
        ledger.follow(List.of(plan(Map.of("anna", ANNA))));
        Flow flow = flow("tunnel", "anna");
        ledger.opened(flow);
        assertThat(ledger.moved(flow, 100, 200)).isTrue();
        assertThat(ledger.take()).containsEntry("anna", new Traffic(100, 200, 0));
        ledger.month(Map.of("anna", 300L));
        assertThat(ledger.moved(flow, 100, 200)).isTrue();
        assertThat(ledger.moved(flow, 100, 899)).isTrue();
        assertThat(ledger.users()).containsExactly(new Status.User("anna", 1, 999, 1000));
        assertThat(ledger.moved(flow, 101, 899)).as("all of a month used").isFalse();
        ledger.closed(Views.ended(flow, "-", List.of("-"), 150, 900, "closed by the proxy"), 0, 0);
        assertThat(ledger.take()).containsEntry("anna", new Traffic(50, 700, 1));
    }
}

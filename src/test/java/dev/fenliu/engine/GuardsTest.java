package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardsTest {
    private static final Guards GUARDS = new Guards(
            Map.of(
                    "home", Guards.Role.LOCAL,
                    "far", Guards.Role.REMOTE,
                    "open", Guards.Role.REMOTE_WITH_PRIVATE),
            Set.of(socket("127.0.0.1:7890"), socket("[::]:443"), socket("0.0.0.0:8080"), socket("192.168.1.5:1080")),
            Set.of(Addresses.parse("192.168.1.5"), Addresses.parse("2001:db8::5")));

    private static InetSocketAddress socket(String text) {
        Destination destination = Destination.parse(text);
        return new InetSocketAddress(((dev.fenliu.model.Host.Address) destination.host()).value(), destination.port());
    }

    private static Flow flow(String listener, String source, String destination) {
        return new Flow(
                1,
                Transport.TCP,
                listener,
                new InetSocketAddress(Addresses.parse(source), 50000),
                Destination.parse(destination),
                Optional.empty());
    }

    private static String judged(String listener, String source, String destination, boolean meant) {
        Failure failure = GUARDS.check(flow(listener, source, destination), meant);
        return failure == null ? "yes" : failure.kind().toString();
    }

    // clients: this machine; the network at home, by a rule that means the host and by one that does not; strangers
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.9:443        | yes       | yes       | yes       | yes       | yes",
                "www.example.test:443   | yes       | yes       | yes       | yes       | yes",
                "10.1.2.3:80            | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "172.16.0.1:80          | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "192.168.9.9:80         | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "100.64.0.1:80          | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "169.254.169.254:80     | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "[fd00::1]:80           | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "[fe80::1]:80           | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "127.0.0.1:22           | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[::1]:22               | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "127.9.9.9:22           | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[::ffff:127.0.0.1]:22  | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[::ffff:10.0.0.1]:22   | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
                "[64:ff9b::a00:1]:22    | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[64:ff9b::7f00:1]:22   | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[2002:a00:1::]:22      | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "[64:ff9b::cb00:7109]:1 | yes       | yes       | yes       | yes       | yes",
                "0.0.0.0:80             | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "0.1.2.3:80             | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "[::]:80                | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "224.0.0.1:80           | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "255.255.255.255:80     | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "[ff02::1]:80           | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "203.0.113.9:25         | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "mail.example.test:25   | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN | FORBIDDEN",
                "127.0.0.1:7890         | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "[::ffff:127.0.0.1]:7890 | LOOP     | LOOP      | LOOP      | LOOP      | LOOP",
                "0.0.0.0:7890           | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "192.168.1.5:443        | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "[2001:db8::5]:443      | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "127.0.0.2:443          | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "127.0.0.2:8080         | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "192.168.1.5:8080       | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "[::1]:8080             | yes       | FORBIDDEN | FORBIDDEN | FORBIDDEN | yes",
                "192.168.1.5:1080       | LOOP      | LOOP      | LOOP      | LOOP      | LOOP",
                "192.168.1.6:443        | yes       | yes       | FORBIDDEN | FORBIDDEN | yes",
            })
    void who_may_reach_what(
            String destination, String local, String meant, String unmeant, String stranger, String trusted) {
        assertThat(judged("home", "127.0.0.1", destination, false))
                .as("this machine")
                .isEqualTo(local);
        assertThat(judged("home", "::1", destination, true))
                .as("this machine, IPv6")
                .isEqualTo(local);
        assertThat(judged("home", "192.168.1.77", destination, true))
                .as("LAN, meant")
                .isEqualTo(meant);
        assertThat(judged("home", "192.168.1.77", destination, false)).as("LAN").isEqualTo(unmeant);
        assertThat(judged("far", "198.51.100.1", destination, true))
                .as("stranger")
                .isEqualTo(stranger);
        assertThat(judged("far", "127.0.0.1", destination, true))
                .as("stranger by loopback")
                .isEqualTo(stranger);
        assertThat(judged("open", "198.51.100.1", destination, false))
                .as("trusted")
                .isEqualTo(trusted);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_listener_that_is_not_known_is_taken_for_one_of_strangers(boolean meant) {
        assertThat(judged("gone", "127.0.0.1", "127.0.0.1:22", meant)).isEqualTo("FORBIDDEN");
        assertThat(judged("gone", "127.0.0.1", "203.0.113.1:22", meant)).isEqualTo("yes");
    }

    @Test
    void an_address_that_a_name_turned_out_to_have_is_judged_as_well() {
        Failure failure = GUARDS.of(flow("far", "198.51.100.1", "rebind.example.test:80"), true)
                .check(socket("169.254.169.254:80"), Transport.TCP);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(GUARDS.of(flow("home", "127.0.0.1", "me.example.test:7890"), true)
                        .check(socket("127.0.0.1:7890"), Transport.TCP)
                        .kind())
                .isEqualTo(Failure.Kind.LOOP);
    }

    @Test
    void the_addresses_of_this_machine_are_found() {
        Guards guards = Guards.of(Map.of(), Set.of(socket("0.0.0.0:7890")));
        assertThat(guards.machine()).contains(Addresses.parse("127.0.0.1"));
    }
}

package dev.fenliu.leak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * One of the 36: the canaries that ask in it, each at another entrance, and what the provider may see. Each has two halves:
 * {@link #leaksNothing}, and the control {@link #wouldHaveBeenSeen}, which asks in the same way while the rules of the
 * canaries say direct.
 */
final class Scenario {
    /** By name, by address with the name in what is said first, or by asking what a name means. */
    static final List<String> ALL = List.of(
            "socks-name",
            "socks4a",
            "socks-address",
            "socks-address-http",
            "connect",
            "connect-address",
            "http",
            "datagram-name",
            "datagram-quic",
            "tproxy-tls",
            "tproxy-http",
            "tproxy-tls6",
            "tproxy-quic",
            "dns-udp",
            "dns-tcp",
            "dns-https",
            "dns-outside");

    /** Those that can go on. */
    static final List<String> STREAMS = List.of(
            "socks-name", "socks4a", "socks-address", "connect", "connect-address", "tproxy-tls", "tproxy-tls6");

    /** The same, with those that send datagrams. */
    static final List<String> GOING_ON = Stream.concat(
                    STREAMS.stream(), Stream.of("datagram-name", "datagram-quic", "tproxy-quic"))
            .toList();

    private final Laboratory laboratory;
    private final Map<String, String> names;
    private final Home home;
    private final Set<String> allowed = new TreeSet<>();

    Scenario(Laboratory laboratory, int number, Home home, List<String> entrances) {
        this(laboratory, Canaries.forScenario(number, entrances), home);
    }

    /** The same with other names. */
    Scenario(Laboratory laboratory, Map<String, String> names, Home home) {
        this.laboratory = laboratory;
        this.names = names;
        this.home = home;
    }

    /** Where the tunnel's server is. */
    Scenario through(String... places) {
        laboratory.tunnels.addAll(List.of(places));
        return this;
    }

    /** What the provider may see besides tunnels, and no more. */
    Scenario allowing(String... places) {
        allowed.addAll(List.of(places));
        return this;
    }

    Map<String, String> names() {
        return names;
    }

    Home home() {
        return home;
    }

    /** Brings the config into force and lets everybody ask; the provider sees what it may and no canary. */
    Answers leaksNothing() throws Exception {
        laboratory.box(home);
        return leaksNothing(() -> laboratory.ask(names));
    }

    /** The same of what happens under the config that is in force. */
    <T> T leaksNothing(Happening<T> happening) throws Exception {
        laboratory.begin();
        T result = happening.happen();
        Set<String> places = new TreeSet<>(laboratory.tunnels);
        places.addAll(allowed);
        laboratory.traffic().holdsOnly(places);
        return result;
    }

    /** The control: with rules that say direct, the provider sees the canary of each entrance. */
    void wouldHaveBeenSeen() throws Exception {
        wouldHaveBeenSeen(home.leaking(), () -> laboratory.ask(names));
    }

    /** A control of another kind. */
    void wouldHaveBeenSeen(Home leaking, Happening<?> happening) throws Exception {
        laboratory.box(leaking);
        laboratory.begin();
        happening.happen();
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(laboratory.traffic().canaries()).containsAll(names.values()));
        laboratory.begin();
    }

    /** What happens in a scenario. */
    @FunctionalInterface
    interface Happening<T> {
        T happen() throws Exception;
    }
}

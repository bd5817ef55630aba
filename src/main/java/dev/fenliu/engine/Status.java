package dev.fenliu.engine;

import dev.fenliu.config.Problem;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Reason;
import dev.fenliu.outbound.Health;
import dev.fenliu.route.Rule;
import dev.fenliu.subscribe.Quota;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the program stands.
 *
 * @param generation counts the configs that have been in force
 * @param config the file; empty for the built-in defaults
 * @param listeners the API's too
 * @param outbounds those of the config, in its order; groups likewise
 * @param warnings of the config in force, such as of a list that is missing or held back
 * @param pause the rule that takes everything for a while, see {@link dev.fenliu.route.CompiledRouter#pause}
 * @param flows how many are open
 * @param traffic of all flows since the start, as far as they have told
 * @param devices those with open flows come first
 * @param users those of the file of a tunnel's server end
 */
public record Status(
        long generation,
        Optional<Path> config,
        Instant started,
        Duration uptime,
        List<Listening> listeners,
        List<Way> outbounds,
        List<Team> groups,
        List<Subscription> subscriptions,
        List<Problem> warnings,
        Optional<Rule> pause,
        int flows,
        Traffic traffic,
        List<Device> devices,
        List<User> users) {
    /**
     * A user of a tunnel's server end.
     *
     * @param flows how many are open
     * @param month bytes of this calendar month, both ways together
     * @param limit bytes that a month may have; 0 for no limit
     */
    public record User(String name, int flows, long month, long limit) {}

    /** A listener and where it is bound. */
    public record Listening(String name, String type, InetSocketAddress address) {}

    /**
     * An outbound.
     *
     * @param via the outbound or group that carries it to its server
     * @param vitals what flows and checks have seen of it
     * @param subscription the one that lists it
     */
    public record Way(
            String name, String type, Optional<String> via, Health.Vitals vitals, Optional<String> subscription) {}

    /**
     * A group.
     *
     * @param members in the order in which a flow would try them now
     * @param faults of members, why they are not used, or not preferred
     * @param all the members as the config lists them
     * @param choice the member that the user has chosen or pinned
     */
    public record Team(
            String name,
            String type,
            List<String> members,
            Map<String, Reason> faults,
            List<String> all,
            Optional<String> choice) {}

    /**
     * A subscription.
     *
     * @param source its host, or its file
     * @param nodes how many can be used
     * @param refused how many cannot
     * @param notes names that say something, of what is no node
     * @param updated when the server last had what we have; empty without a copy
     */
    public record Subscription(
            String name,
            String source,
            int nodes,
            int refused,
            List<String> notes,
            Optional<Instant> updated,
            Quota quota,
            Updates updates) {}

    /**
     * A client, or another machine of the local network.
     *
     * @param seen how long ago it was last known to be there; empty for who is known by a lease or by flows alone
     * @param flows how many it has open
     */
    public record Device(
            List<InetAddress> addresses,
            Optional<Mac> mac,
            Optional<String> name,
            Optional<Duration> seen,
            int flows) {}
}

package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Rules, flows and routers for tests. */
final class RuleFixtures {
    static final Scope SCOPE = new Scope(
            Set.of("direct", "block", "ai", "vps", "wg", "wide"),
            Set.of("openai", "ads", "gone", "private"),
            Set.of("lan", "mixed"),
            Set.of("anna", "ben"),
            Set.of("tls", "http", "quic"),
            Set.of(GeoKind.values()),
            true);

    private RuleFixtures() {}

    static ConfigNode yaml(String text, Problems problems) {
        return Objects.requireNonNull(YamlReader.read("config.yaml", Path.of("."), text, problems));
    }

    static List<Rule> parse(String text, Problems problems) {
        return RuleParser.parse(yaml(text, problems), SCOPE, problems);
    }

    /** Rules that must be good. */
    static List<Rule> rules(String... lines) {
        Problems problems = new Problems();
        List<Rule> rules = parse("- " + String.join("\n- ", lines) + "\n", problems);
        if (problems.hasErrors()) {
            throw new AssertionError(problems.all());
        }
        return rules;
    }

    static List<Problem> problems(String... lines) {
        Problems problems = new Problems();
        parse("- " + String.join("\n- ", lines) + "\n", problems);
        return problems.all();
    }

    static boolean isOpen(String target) {
        return Set.of("direct", "block", "wg").contains(target);
    }

    static CompiledRouter router(String... lines) {
        return router(Map.of(), lines);
    }

    static CompiledRouter router(Map<String, RuleSet> sets, String... lines) {
        return new CompiledRouter(rules(lines), sets, Geo.NONE, RuleFixtures::isOpen, java.time.Instant.EPOCH);
    }

    static Flow flow(String destination) {
        return flow(destination, Transport.TCP);
    }

    static Flow flow(String destination, Transport transport) {
        return new Flow(
                1,
                transport,
                "mixed",
                new InetSocketAddress(address("192.168.1.9"), 50000),
                Destination.parse(destination),
                Optional.empty());
    }

    static Question question(String destination) {
        return Question.of(flow(destination));
    }

    static Question sniffed(String destination, String name) {
        return question(destination).sniffed(Optional.of(new Host.Name(name)), Optional.of("tls"));
    }

    static InetAddress address(String text) {
        return Objects.requireNonNull(Addresses.parse(text));
    }

    /** The target of the decision, or {@code NEEDS x@rule}. */
    static String target(Verdict verdict) {
        if (verdict instanceof Decision.Via via) {
            return via.outbound();
        }
        if (verdict instanceof Verdict.Needs needs) {
            return "needs " + needs.what() + "@" + needs.rule();
        }
        return "block";
    }

    static String target(Router router, String destination) {
        return target(router.match(question(destination)));
    }
}

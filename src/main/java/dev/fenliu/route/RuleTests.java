package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code rule-tests} and runs them against a router. */
public final class RuleTests {
    static final Key<Host> HOST =
            Key.required("host", Type.scalar("a host", RuleTests::host), "the name or address that is asked for");
    static final Key<Integer> PORT = Key.withDefault("port", Type.PORT, 443, "The port that is asked for.");
    static final Key<Transport> NETWORK =
            Key.withDefault("network", Type.choice(Transport.class), Transport.TCP, "tcp or udp.");
    static final Key<InetSocketAddress> SOURCE = Key.withDefault(
            "source",
            Type.scalar("an address, with or without a port", Addresses::source),
            Addresses.source("127.0.0.1"),
            "Where the client is.");
    static final Key<String> LISTENER =
            Key.withDefault("listener", Type.TEXT, "", "The listener that the client uses.");
    static final Key<String> USER = Key.optional("user", Type.TEXT, "Who the client logged in as.");
    static final Key<Mac> MAC = Key.optional(
            "source-mac", Type.scalar("a MAC address", Mac::parse), "The MAC address of the client's device.");
    static final Key<String> HOSTNAME =
            Key.optional("source-hostname", Type.TEXT, "The host name of the client's device.");
    static final Key<List<InetAddress>> ADDRESSES = Key.optional(
            "addresses", Type.listOf(Type.ADDRESS), "What a look-up of the name answers, for rules that resolve.");
    static final Key<String> TO = Key.required("to", Type.TEXT, "the target that the rules must give");

    /** The keys of a rule test. */
    public static final List<Key<?>> KEYS =
            List.of(HOST, PORT, NETWORK, SOURCE, MAC, HOSTNAME, LISTENER, USER, ADDRESSES, TO);

    private RuleTests() {}

    /** Reads the list of tests; what is wrong is reported. @return the good ones */
    public static List<RuleTest> parse(ConfigNode sequence, Scope scope, Problems problems) {
        if (sequence.kind() != ConfigNode.Kind.SEQUENCE && sequence.kind() != ConfigNode.Kind.NULL) {
            problems.error(
                    sequence,
                    "\"rule-tests\" must be a list of tests, not "
                            + sequence.kind().words(),
                    "write each one on a line of its own that begins with a dash and a blank: - {host: a.example, to:"
                            + " direct}");
            return List.of();
        }
        List<RuleTest> tests = new ArrayList<>();
        for (ConfigNode node : sequence.items()) {
            Section section = Section.open(node, "a rule test", KEYS, problems);
            RuleTest test = section == null ? null : test(section, scope);
            if (test != null) {
                tests.add(test);
            }
        }
        return List.copyOf(tests);
    }

    private static @Nullable RuleTest test(Section section, Scope scope) {
        Problems problems = section.problems();
        Host host = section.get(HOST);
        String listener = section.value(LISTENER);
        if (!listener.isEmpty() && !scope.listeners().contains(listener)) {
            problems.error(
                    section.at(LISTENER),
                    "no listener is called \"" + listener + "\"",
                    Nearest.hint(listener, scope.listeners()));
        }
        String to = section.get(TO);
        if (to != null && !scope.targets().contains(to)) {
            problems.error(
                    section.at(TO), "no outbound or group is called \"" + to + "\"", Nearest.hint(to, scope.targets()));
            to = null;
        }
        Flow flow = host == null
                ? null
                : new Flow(
                        0,
                        section.value(NETWORK),
                        listener,
                        section.value(SOURCE),
                        new Destination(host, section.value(PORT)),
                        Optional.ofNullable(section.get(USER)));
        return flow == null || to == null
                ? null
                : new RuleTest(section.node(), flow, Optional.ofNullable(section.get(ADDRESSES)), device(section), to);
    }

    private static Optional<Device> device(Section section) {
        boolean given = section.has(MAC) || section.has(HOSTNAME);
        Optional<Mac> mac = Optional.ofNullable(section.get(MAC));
        Optional<String> name = Optional.ofNullable(section.get(HOSTNAME)).map(text -> text.toLowerCase(Locale.ROOT));
        return given ? Optional.of(new Device(mac, name, true)) : Optional.empty();
    }

    private static Host host(String text) {
        try {
            return Host.parse(text);
        } catch (IllegalArgumentException e) {
            boolean more = text.indexOf(':') >= 0 || text.indexOf('/') >= 0;
            throw new IllegalArgumentException(
                    e.getMessage() + (more ? "; write the host alone, and its port under port:" : ""), e);
        }
    }

    /** Runs the tests. @return an error for each that fails, at its place */
    public static List<Problem> run(List<RuleTest> tests, CompiledRouter router) {
        Problems problems = new Problems();
        for (RuleTest test : tests) {
            run(test, router, problems);
        }
        return problems.all();
    }

    private static void run(RuleTest test, CompiledRouter router, Problems problems) {
        Question question = Question.of(test.flow());
        Verdict verdict = router.match(question);
        while (verdict instanceof Verdict.Needs needs) {
            if (needs.what() == Verdict.What.DEVICE && test.device().isPresent()) {
                question = question.device(test.device().get(), needs.rule());
            } else if (needs.what() != Verdict.What.ADDRESSES) {
                question = question.without(needs); // a test has no program, and no device that it does not name
            } else if (test.addresses().isPresent()) {
                question = question.resolved(test.addresses().get(), needs.rule());
            } else {
                problems.error(
                        test.node(),
                        "rule test: the rule at "
                                + router.rules().get(needs.rule()).ref().place() + " looks up "
                                + test.flow().destination().host() + " before anything is decided",
                        "say what the look-up answers: addresses: [192.0.2.1], or []; or move the rule down");
                return;
            }
            verdict = router.match(question);
        }
        Decision decision = (Decision) verdict;
        String target = decision instanceof Decision.Via via ? via.outbound() : Rule.BLOCK;
        if (!target.equals(test.to())) {
            problems.error(
                    test.node(),
                    "rule test failed: " + test.flow().destination() + " goes to \"" + target + "\", expected \""
                            + test.to() + "\"",
                    "decided by " + decision.rule().place() + ": "
                            + decision.rule().text());
        }
    }
}

package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    private static final Remark ASIDE = Remark.of("rule-test-aside");

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

    /**
     * Runs the tests. One that fails because of a rule which ends by itself, and holds again then, is set aside until that
     * time, unless the rule lets out what the test expects in a tunnel or blocked. One that holds only until such a rule
     * ends fails now, when somebody is there to hear it.
     *
     * @param groups the members of each group
     * @return an error for each that fails, a warning for each that is set aside, at its place
     */
    public static List<Problem> run(List<RuleTest> tests, CompiledRouter router, Map<String, List<String>> groups) {
        Map<Instant, CompiledRouter> later = new HashMap<>();
        Problems problems = new Problems();
        for (RuleTest test : tests) {
            Verdict verdict = verdict(test, router);
            if (verdict instanceof Verdict.Needs needs) {
                problems.error(
                        test.node(),
                        "rule test: the rule at "
                                + router.rules().get(needs.rule()).ref().place() + " looks up "
                                + test.flow().destination().host() + " before anything is decided",
                        "say what the look-up answers: addresses: [192.0.2.1], or []; or move the rule down");
            } else if (!target(verdict).equals(test.to())) {
                Optional<Instant> end = end(test, router, later);
                boolean out = Lint.leavesOpen(router, groups, target(verdict)) && !router.leavesOpen(test.to());
                tell(test, (Decision) verdict, end, out, problems);
            } else {
                endure(test, (Decision) verdict, router, later, problems);
            }
        }
        return problems.all();
    }

    /** Whether it says that a test is set aside. */
    public static boolean isAside(Problem problem) {
        return problem.remark() != null && problem.remark().code().equals(ASIDE.code());
    }

    /** @param out whether it leaves without a tunnel, and should not */
    private static void tell(RuleTest test, Decision made, Optional<Instant> end, boolean out, Problems problems) {
        String differs = test.flow().destination() + " goes to \"" + target(made) + "\", expected \"" + test.to() + '"';
        String decided =
                "decided by " + made.rule().place() + ": " + made.rule().text();
        if (end.isEmpty() || out) {
            String why = end.isPresent() ? "; not even for a while may a rule let out what a test expects inside" : "";
            problems.error(test.node(), "rule test failed: " + differs, decided + why);
        } else {
            problems.warning(
                    test.node(),
                    ASIDE.with("host", test.flow().destination())
                            .with("to", target(made))
                            .with("expected", test.to())
                            .with("time", end.get())
                            .with("place", made.rule().place())
                            .with("rule", made.rule().text()),
                    "rule test set aside until " + end.get() + ": " + differs,
                    decided);
        }
    }

    /** Reports a test that will fail some day by itself. */
    private static void endure(
            RuleTest test, Decision now, CompiledRouter router, Map<Instant, CompiledRouter> later, Problems problems) {
        Verdict verdict = now;
        Optional<Instant> end = router.rules().get(now.rule().index()).until();
        while (end.isPresent()) {
            verdict = verdict(test, later.computeIfAbsent(end.get(), router::at));
            if (!(verdict instanceof Decision then)) {
                return; // what decides then is looked up
            }
            if (!target(then).equals(test.to())) {
                problems.error(
                        test.node(),
                        "rule test holds only until " + end.get() + ": then "
                                + test.flow().destination() + " goes to \"" + target(then) + '"',
                        "decided by " + then.rule().place() + ": " + then.rule().text()
                                + "; take the test out, or the `until` of "
                                + now.rule().place());
                return;
            }
            end = router.rules().get(then.rule().index()).until();
        }
    }

    /** When the test holds since the rules that break it have ended; empty if it does not then. */
    private static Optional<Instant> end(RuleTest test, CompiledRouter router, Map<Instant, CompiledRouter> later) {
        Optional<Instant> end = Optional.empty();
        Verdict verdict = verdict(test, router);
        while (verdict instanceof Decision made && !target(made).equals(test.to())) {
            end = router.rules().get(made.rule().index()).until();
            if (end.isEmpty()) {
                return end;
            }
            verdict = verdict(test, later.computeIfAbsent(end.get(), router::at));
        }
        return verdict instanceof Decision ? end : Optional.empty();
    }

    private static String target(Verdict decision) {
        return decision instanceof Decision.Via via ? via.outbound() : Rule.BLOCK;
    }

    /** The decision, or what the test would have to say. */
    private static Verdict verdict(RuleTest test, CompiledRouter router) {
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
                return needs;
            }
            verdict = router.match(question);
        }
        return verdict;
    }
}

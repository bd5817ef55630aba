package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import dev.fenliu.route.list.EntryKind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compiled router gives what the naive one gives, on small random worlds where everything meets often. */
class RandomRulesTest {
    private static final List<String> LABELS = List.of("a", "b", "ab", "c", "abc");
    private static final List<String> TARGETS = List.of("direct", "block", "ai", "vps", "wg");
    private static final ConfigNode NODE = RuleFixtures.yaml("{to: direct}", new Problems());

    private Random random = new Random();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void compiled_and_naive_agree(long seed) throws Exception {
        random = new Random(seed);
        for (int world = 0; world < 40; world++) {
            Map<String, Condition> naiveSets = new HashMap<>();
            Map<String, RuleSet> sets = new HashMap<>();
            set("openai", sets, naiveSets);
            set("ads", sets, naiveSets);
            List<Rule> rules = rules(1 + random.nextInt(25));
            NaiveRouter naive = new NaiveRouter(rules, naiveSets, RuleFixtures::isOpen);
            CompiledRouter compiled =
                    new CompiledRouter(rules, sets, Geo.NONE, RuleFixtures::isOpen, java.time.Instant.EPOCH);
            for (int i = 0; i < 60; i++) {
                follow(naive, compiled, question());
            }
        }
    }

    /** Asks both, answering what they need, until both decide. */
    private void follow(NaiveRouter naive, CompiledRouter compiled, Question first) {
        Question question = first;
        for (int round = 0; round < 5; round++) {
            int expected = naive.match(question);
            Verdict verdict = compiled.match(question);
            if (verdict instanceof Decision decision) {
                assertThat(decision.rule().index()).as("%s", question).isEqualTo(expected);
                return;
            }
            Verdict.Needs needs = (Verdict.Needs) verdict;
            assertThat(-2 - needs.rule()).as("%s", question).isEqualTo(expected);
            if (needs.what() == Verdict.What.PROCESS) {
                assertThat(question.process()).isEmpty();
                question = question.process(one(List.of("", "curl", "ssh")), needs.rule());
            } else if (needs.what() == Verdict.What.DEVICE) {
                assertThat(question.device()).isEmpty();
                question = question.device(one(DEVICES), needs.rule());
            } else {
                assertThat(question.addresses()).isEmpty();
                question = question.resolved(
                        IntStream.range(0, random.nextInt(3))
                                .mapToObj(n -> address())
                                .toList(),
                        needs.rule());
            }
        }
        throw new AssertionError("asked again and again: " + question);
    }

    private void set(String name, Map<String, RuleSet> sets, Map<String, Condition> naive) throws Exception {
        List<Condition> in = new ArrayList<>();
        List<Condition> out = new ArrayList<>();
        FakeList list = new FakeList();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            boolean except = i > 1 && random.nextInt(5) == 0;
            String value = name();
            Condition condition;
            EntryKind kind;
            switch (random.nextInt(5)) {
                case 0 -> {
                    kind = EntryKind.DOMAIN;
                    condition = new Condition.Name(Condition.NameKind.EXACT, List.of(value));
                }
                case 1 -> {
                    kind = EntryKind.DOMAIN_SUFFIX;
                    condition = new Condition.Name(Condition.NameKind.SUFFIX, List.of(value));
                }
                case 2 -> {
                    kind = EntryKind.CLASH_LINE;
                    int port = 1 + random.nextInt(4);
                    value = "AND,((DST-PORT," + port + "),(NETWORK,udp))";
                    condition = new Condition.All(List.of(
                            new Condition.Port(List.of(new PortRange(port, port))),
                            new Condition.Network(Set.of(Transport.UDP))));
                }
                case 3 -> {
                    kind = EntryKind.IP_CIDR_KNOWN;
                    Cidr network = network();
                    value = network.toString();
                    condition = new Condition.InNetwork(List.of(network), Condition.LookUp.KNOWN);
                }
                default -> {
                    kind = EntryKind.IP_CIDR;
                    Cidr network = network();
                    value = network.toString();
                    condition = new Condition.InNetwork(List.of(network), Condition.LookUp.ASK);
                }
            }
            list.add(except, kind, value, i);
            (except ? out : in).add(condition);
        }
        sets.put(name, RuleSet.load(name, list, Geo.NONE));
        naive.put(name, new Condition.All(List.of(new Condition.Any(in), new Condition.Not(new Condition.Any(out)))));
    }

    private List<Rule> rules(int count) {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rules.add(rule(i, condition(2)));
        }
        rules.add(rule(count, Condition.always()));
        return rules;
    }

    private Rule rule(int index, Condition condition) {
        return new Rule(
                new RuleRef(index, NODE.position(), condition.toString()),
                condition,
                one(TARGETS),
                java.util.Optional.empty(),
                NODE);
    }

    private static final List<Device> DEVICES = List.of(
            Device.HERE,
            Device.UNKNOWN,
            new Device(Optional.of(new Mac("02:00:00:00:00:01")), Optional.of("tv"), true),
            new Device(Optional.of(new Mac("02:00:00:00:00:02")), Optional.empty(), false),
            new Device(Optional.empty(), Optional.of("nas"), false));

    private Condition condition(int depth) {
        if (depth > 0 && random.nextInt(3) == 0) {
            return switch (random.nextInt(3)) {
                case 0 -> new Condition.All(some(depth - 1));
                case 1 -> new Condition.Any(some(depth - 1));
                default -> new Condition.Not(condition(depth - 1));
            };
        }
        Condition.LookUp lookUp = one(List.of(Condition.LookUp.values()));
        return switch (random.nextInt(15)) {
            case 0, 1 -> new Condition.Name(Condition.NameKind.EXACT, names());
            case 2, 3 -> new Condition.Name(Condition.NameKind.SUFFIX, names());
            case 4 -> new Condition.Name(Condition.NameKind.KEYWORD, List.of(one(List.of("ab", "b.a", "c"))));
            case 5 ->
                new Condition.Name(Condition.NameKind.WILDCARD, List.of(one(List.of("*.a", "?.*", "a*b", "*b?c*"))));
            case 6 -> new Condition.Name(Condition.NameKind.REGEX, List.of(one(List.of("^A", "b{1,2}\\.a", "c$"))));
            case 7, 8 -> new Condition.InSet(List.of(one(List.of("openai", "ads", "gone"))), lookUp);
            case 9, 10 -> new Condition.InNetwork(List.of(network(), network()), lookUp);
            case 11 -> new Condition.Port(List.of(new PortRange(1, 1 + random.nextInt(3))));
            case 12 ->
                random.nextBoolean()
                        ? new Condition.Source(List.of(network()))
                        : new Condition.SourcePort(List.of(new PortRange(1, 1 + random.nextInt(3))));
            case 13 -> new Condition.Network(Set.of(one(List.of(Transport.values()))));
            default -> {
                Condition.WordKind kind = one(List.of(Condition.WordKind.values()));
                yield new Condition.Word(
                        kind,
                        List.of(
                                switch (kind) {
                                    case LISTENER -> one(List.of("lan", "mixed"));
                                    case USER -> "anna";
                                    case PROTOCOL -> "tls";
                                    case PROCESS -> one(List.of("curl", "ssh"));
                                    case SOURCE_MAC -> one(List.of("02:00:00:00:00:01", "02:00:00:00:00:02"));
                                    case SOURCE_HOSTNAME -> one(List.of("tv", "nas"));
                                }));
            }
        };
    }

    private List<Condition> some(int depth) {
        return IntStream.range(0, random.nextInt(4))
                .mapToObj(n -> condition(depth))
                .toList();
    }

    private List<String> names() {
        int count = random.nextInt(8) == 0 ? 12 : 1 + random.nextInt(2);
        return IntStream.range(0, count).mapToObj(n -> name()).toList();
    }

    private String name() {
        StringBuilder name = new StringBuilder(one(LABELS));
        for (int i = random.nextInt(3); i > 0; i--) {
            name.append('.').append(one(LABELS));
        }
        return name.toString();
    }

    private InetAddress address() {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? 16 : 4];
        bytes[0] = (byte) (random.nextInt(2) * 0x20);
        bytes[bytes.length - 1] = (byte) random.nextInt(8);
        return Addresses.of(bytes);
    }

    private Cidr network() {
        InetAddress address = address();
        int bits = address.getAddress().length * 8;
        return new Cidr(address, random.nextInt(8) == 0 ? random.nextInt(bits + 1) : bits - random.nextInt(4));
    }

    private Question question() {
        Host host = random.nextInt(3) == 0 ? Host.of(address()) : new Host.Name(name());
        Flow flow = new Flow(
                1,
                one(List.of(Transport.values())),
                one(List.of("lan", "mixed")),
                new InetSocketAddress(address(), 1 + random.nextInt(4)),
                new Destination(host, 1 + random.nextInt(4)),
                random.nextBoolean() ? Optional.of("anna") : Optional.empty());
        Question question = Question.of(flow);
        return random.nextInt(3) == 0
                ? question.sniffed(Optional.of(new Host.Name(name())), Optional.of("tls"))
                : question;
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}

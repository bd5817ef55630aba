package dev.fenliu.dns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Quiet;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.TestCertificates;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile upstream resolvers, in the tables {@code resources/hostile/dns-*.txt}. */
@Timeout(120)
class DnsHostileTest {
    /** How many names are asked for at once where one answer does not touch another. */
    private static final int TOGETHER = 50;

    /** All that a look-up may ever come to. */
    private static final String DEFINED = "(\\d[\\d.*]*( \\d[\\d.*]*)*|none|missing) for \\d+|fails: .+";

    private static final EventLoopGroup LOOPS = Sockets.loops(2);
    private static final List<AutoCloseable> OPEN = new ArrayList<>();

    /** The tables, and who asks for the names of their cases, for each transport. */
    private static final Map<List<Table.Case>, List<List<Asking>>> ASKED = new LinkedHashMap<>();

    /** How many names in order have been asked for; none twice, since answers are kept. */
    private static final AtomicInteger GOOD = new AtomicInteger();

    private static Quiet quiet;

    @BeforeAll
    static void open() throws Exception {
        List<Table.Case> some = Table.read("dns-golden.txt");
        ask(some.subList(0, 1), some.subList(1, 2), some.subList(2, 3), some.subList(3, 4), some.subList(4, 5));
        ASKED.values()
                .forEach(transports -> transports.forEach(all -> all.get(0).outcome(Scripts.name(0))));
        close(); // until here was loaded what is loaded once
        quiet = Quiet.watch();
        ask(
                Table.read("dns-answers.txt"),
                Table.read("dns-answers-ipv6.txt"),
                Table.read("dns-datagrams.txt"),
                Table.read("dns-streams.txt"),
                Table.read("dns-https.txt"));
    }

    private static void ask(
            List<Table.Case> answers,
            List<Table.Case> answers6,
            List<Table.Case> datagrams,
            List<Table.Case> streams,
            List<Table.Case> https)
            throws Exception {
        ASKED.put(
                answers,
                List.of(
                        each(answers, udp(new Scripts(answers, Query.A)), false),
                        each(answers, tcp(new Scripts(answers, Query.A)), false),
                        each(answers, tls(new Scripts(answers, Query.A)), false),
                        each(answers, https(new Scripts(answers, Query.A)), false)));
        ASKED.put(
                answers6,
                List.of(
                        each(answers6, udp(new Scripts(answers6, Query.AAAA)), true),
                        each(answers6, tls(new Scripts(answers6, Query.AAAA)), true)));
        ASKED.put(datagrams, List.of(each(datagrams, udp(new Scripts(datagrams, Query.A)), false)));
        ASKED.put(
                streams,
                List.of(
                        each(streams, tcp(new Scripts(streams, Query.A)), false),
                        each(streams, tls(new Scripts(streams, Query.A)), false)));
        ASKED.put(https, List.of(each(https, https(new Scripts(https, Query.A)), false)));
    }

    @AfterAll
    static void nothing_is_left() throws Exception {
        close();
        quiet.end(0);
        LOOPS.shutdownGracefully(0, 2, SECONDS).get(5, SECONDS);
    }

    private static void close() throws Exception {
        for (AutoCloseable open : OPEN) {
            open.close();
        }
        OPEN.clear();
        ASKED.clear();
    }

    private static <T extends AutoCloseable> T opened(T one) {
        OPEN.add(0, one); // those who ask are closed before those who answer
        return one;
    }

    // who answers

    private static String udp(Script script) throws Exception {
        FakeServer server = opened(new FakeServer(
                query -> script.steps(query).stream()
                        .filter(step -> !step.equals("nothing"))
                        .map(step -> AnswerRecipe.bytes(step, query))
                        .toList(),
                peer -> {
                    while (true) {
                        peer.send(AnswerRecipe.bytes("HEAD:1/0/0 Q A:10.0.0.9", peer.query()));
                    }
                }));
        return "udp://" + Sockets.text(server.address());
    }

    private static String tcp(Script script) throws Exception {
        return "tcp://" + Sockets.text(opened(FakeServer.tcp(script::talk)).address());
    }

    private static String tls(Script script) throws Exception {
        FakeServer server = opened(FakeServer.tls(TestCertificates.server(), List.of(), script::talk));
        return "tls://" + Sockets.text(server.address()) + "#vps.test";
    }

    private static String https(Script script) throws Exception {
        FakeServer server =
                opened(FakeServer.tls(TestCertificates.server(), List.of("h2"), peer -> RawHttp2.talk(peer, script)));
        return "https://" + Sockets.text(server.address()) + "/dns-query#vps.test";
    }

    // who asks

    /** Asks for something in order first: connecting may take longer while everybody does. */
    private static Asking asking(String upstream, boolean ipv6) throws Exception {
        Asking asking = opened(new Asking(LOOPS, upstream, ipv6));
        assertAnswers(asking, 10);
        return asking;
    }

    /**
     * One asks for the names one after the other, when the cases come: an answer may end the connection for all. For what is
     * expected to be late, others ask now, so that it does not add up.
     */
    private static List<Asking> each(List<Table.Case> cases, String upstream, boolean ipv6) throws Exception {
        Asking one = asking(upstream, ipv6);
        List<Asking> all = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            boolean late = cases.get(i).expected().equals("late");
            all.add(late ? asking(upstream, ipv6).ask(Scripts.name(i)) : one);
        }
        return all;
    }

    static Stream<Arguments> cases() {
        return ASKED.entrySet().stream()
                .flatMap(table -> IntStream.range(0, table.getKey().size())
                        .mapToObj(i -> Arguments.of(table.getKey().get(i), i, table.getValue())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void a_look_up_ends_as_the_answer_deserves(Table.Case one, int number, List<List<Asking>> transports) {
        for (List<Asking> all : transports) {
            Asking asking = all.get(number);
            String expected = one.expected();
            String outcome = asking.outcome(Scripts.name(number));
            if (expected.startsWith("fails")) {
                assertThat(outcome).as(asking.upstream()).startsWith(expected);
            } else if (expected.contains(" for ") || expected.equals("late")) {
                assertThat(outcome).as(asking.upstream()).isEqualTo(expected);
            } else {
                assertThat(outcome).as(asking.upstream()).startsWith(expected + " for ");
            }
            assertAnswers(asking);
        }
    }

    private static void assertAnswers(Asking asking) {
        assertAnswers(asking, 2); // a stream that is out of step is left after one wait
    }

    private static void assertAnswers(Asking asking, int attempts) {
        String outcome = "late";
        for (int i = 0; i < attempts && outcome.equals("late"); i++) {
            String name = "good" + GOOD.incrementAndGet() + ".example.test";
            outcome = asking.ask(name).outcome(name);
        }
        assertThat(outcome).as(asking.upstream()).startsWith("10.0.0.1 for ");
    }

    // what is made of answers in order

    static Stream<Table.Case> golden() {
        return Table.read("dns-golden.txt").stream();
    }

    private static List<byte[]> spoilt(byte[] good) {
        List<byte[]> all = new ArrayList<>(Mutations.truncations(good));
        all.addAll(Mutations.flips(good));
        return all;
    }

    /** Sends the mutation with the number of the name, then an answer in order. */
    private static Script spoiling(Table.Case golden, String after) {
        return query -> {
            int number = Scripts.number(query);
            return number < 0
                    ? List.of("GOOD")
                    : List.of(
                            Bytes.hex(spoilt(AnswerRecipe.bytes(golden.sent(), query))
                                    .get(number)),
                            after);
        };
    }

    private static int count(Table.Case golden) {
        byte[] query = Replies.asked(Scripts.name(0), Query.A);
        return spoilt(AnswerRecipe.bytes(golden.sent(), query)).size();
    }

    @ParameterizedTest
    @MethodSource("golden")
    void every_beginning_and_every_changed_byte_in_a_datagram_is_read_refused_or_left_alone(Table.Case golden)
            throws Exception {
        Asking asking = asking(udp(spoiling(golden, "GOOD")), false);
        assertDefined(asking, count(golden));
    }

    @ParameterizedTest
    @MethodSource("golden")
    void every_beginning_and_every_changed_byte_over_https_is_read_or_refused(Table.Case golden) throws Exception {
        Asking asking = asking(https(spoiling(golden, "nothing")), false);
        assertDefined(asking, count(golden));
    }

    private static void assertDefined(Asking asking, int count) {
        for (int from = 0; from < count; from += TOGETHER) {
            int to = Math.min(count, from + TOGETHER);
            for (int i = from; i < to; i++) {
                asking.ask(Scripts.name(i));
            }
            for (int i = from; i < to; i++) {
                assertThat(asking.outcome(Scripts.name(i))).as("%d", i).matches(DEFINED);
            }
        }
        assertAnswers(asking);
    }

    @ParameterizedTest
    @MethodSource("golden")
    void every_beginning_and_every_changed_byte_on_a_stream_is_read_or_refused(Table.Case golden) throws Exception {
        Asking asking = asking(tcp(spoiling(golden, "GOOD")), false);
        for (int i = 0; i < count(golden); i++) { // one by one: a wrong answer ends the connection
            assertThat(asking.ask(Scripts.name(i)).outcome(Scripts.name(i)))
                    .as("%d", i)
                    .matches(DEFINED);
        }
        assertAnswers(asking);
    }

    @ParameterizedTest
    @MethodSource("golden")
    void whatever_value_a_byte_has_the_answer_is_read_or_refused(Table.Case golden) {
        Query query = Replies.query(Scripts.name(0), Query.A);
        byte[] good = AnswerRecipe.bytes(golden.sent(), Replies.asked(Scripts.name(0), Query.A));
        for (int at = 0; at < good.length; at++) {
            for (int value = 0; value < 256; value++) {
                byte[] changed = good.clone();
                changed[at] = (byte) value;
                assertReadOrRefused(query, changed);
            }
        }
    }

    private static void assertReadOrRefused(Query query, byte[] message) {
        try {
            Answer answer = AnswerReader.read(query, message, 0);
            byte[] sent = answer.wire(7, query.nameBytes(), 0);
            assertThat(query.fit(sent, 7, query.nameBytes())).isEqualTo(Query.Fit.YES);
            assertThat(answer.ttl()).isBetween(0, AnswerReader.MAX_TTL);
        } catch (MalformedMessage e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}

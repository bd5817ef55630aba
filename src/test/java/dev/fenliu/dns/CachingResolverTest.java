package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.lan.Leases;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class CachingResolverTest {
    private static final InetAddress FOUR = Addresses.parse("10.0.0.1");
    private static final InetAddress SIX = Addresses.parse("2001:db8::1");
    private static final String A = "www.example.test. 60 IN A 10.0.0.1";
    private static final String AAAA = "www.example.test. 60 IN AAAA 2001:db8::1";

    private final StillLoop time = new StillLoop();
    private final FakeExchanger upstream = new FakeExchanger(time.loop());

    private Future<List<InetAddress>> resolve(String name, boolean ipv6) {
        Future<List<InetAddress>> found = resolver(ipv6).resolve(new Host.Name(name), time.loop());
        time.run();
        return found;
    }

    private CachingResolver resolver(boolean ipv6) {
        Server server = new Server(
                "up",
                upstream,
                new Server.Traits(false, false, Edns.PLAIN),
                time.loop(),
                time::nanos,
                new RebindingGuard(Set.of("test")));
        Lookups lookups = new Lookups(
                new ServerGroup("", List.of(server), time.loop()),
                new AnswerCache(time::nanos),
                CacheOptions.DEFAULT,
                time.loop());
        Map<String, List<InetAddress>> fixed =
                Map.of("nas.example.test", List.of(SIX, FOUR), "six.example.test", List.of(SIX));
        HostsTable hosts = new HostsTable(fixed, Path.of("/nonexistent"), () -> Leases.NONE);
        return new CachingResolver(hosts, lookups, ipv6);
    }

    private FakeExchanger.Asked asked(int type) {
        return upstream.asked.stream()
                .filter(asked -> asked.query().type() == type)
                .findFirst()
                .orElseThrow();
    }

    private void assertUnresolved(Future<?> found, String text) {
        Failure failure = (Failure) found.cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNRESOLVED);
        assertThat(failure.text()).isEqualTo(text);
    }

    private Message faked(String name, int type) throws IOException {
        FakeAnswers fakes =
                asked -> asked.value().startsWith("late") ? List.of() : List.of(Addresses.parse("198.18.0.7"), SIX);
        Message query = Message.newQuery(Record.newRecord(Name.fromConstantString(name + "."), type, DClass.IN));
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        Request request = Request.read(query.toWire(), true);
        Future<byte[]> answer = resolver(true).answer(request, fakes, time.loop());
        time.run();
        if (!answer.isDone()) {
            asked(type).answer(0, name + ". 60 IN HTTPS 1 . alpn=h2 ipv4hint=198.51.100.1");
            time.run();
        }
        return new Message(answer.getNow());
    }

    private static List<String> records(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .map(record -> record.getTTL() + " " + record.rdataToString())
                .toList();
    }

    @Test
    void a_name_with_fake_addresses_is_asked_nowhere_and_the_rest_is_told_without_hints() throws Exception {
        assertThat(records(faked("www.example.test", Query.A))).containsExactly("1 198.18.0.7");
        assertThat(records(faked("www.example.test", Query.AAAA))).containsExactly("1 2001:db8:0:0:0:0:0:1");
        assertThat(records(faked("six.example.test", Query.A))).as("fixed").isEmpty();
        assertThat(records(faked("nas.example.test", Query.A)))
                .as("fixed")
                .containsExactly("60 " + Addresses.text(FOUR));
        Message late = faked("late.example.test", Query.A);
        assertThat(late.getRcode()).isEqualTo(Request.SERVFAIL);
        assertThat(late.getOPT().toString()).contains("no fake address is free");
        assertThat(upstream.asked).isEmpty();
        assertThat(records(faked("www.example.test", 65))).containsExactly("60 1 . alpn=h2");
    }

    @Test
    void both_families_come_together_ipv6_first() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(0, A);
        assertThat(found.isDone()).isFalse();
        time.pass(49);
        assertThat(found.isDone()).isFalse();
        asked(Query.AAAA).answer(0, AAAA);
        assertThat(found.getNow()).containsExactly(SIX, FOUR);
    }

    @Test
    void a_late_ipv6_answer_is_waited_for_fifty_milliseconds() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(0, A);
        time.pass(50);
        assertThat(found.getNow()).containsExactly(FOUR);
        asked(Query.AAAA).answer(0, AAAA);
    }

    @Test
    void a_late_ipv4_answer_is_waited_for_a_little_longer() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.AAAA).answer(0, AAAA);
        time.pass(249);
        assertThat(found.isDone()).isFalse();
        time.pass(1);
        assertThat(found.getNow()).containsExactly(SIX);
    }

    @Test
    void an_empty_answer_waits_for_the_other_family_as_long_as_it_takes() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(0);
        time.pass(1000);
        assertThat(found.isDone()).isFalse();
        asked(Query.AAAA).answer(0, AAAA);
        assertThat(found.getNow()).containsExactly(SIX);
    }

    @Test
    void who_gets_no_private_address_for_a_public_name_is_told_why() {
        Future<List<InetAddress>> found = resolve("www.public.example", false);
        asked(Query.A).answer(0, "www.public.example. 60 IN A 192.168.1.1");
        assertUnresolved(
                found,
                "www.public.example has no address that may be used: a public resolver gave the private address"
                        + " 192.168.1.1; `dns: {private-names: [www.public.example]}` allows it");
    }

    @Test
    void without_ipv6_only_ipv4_is_asked() {
        Future<List<InetAddress>> found = resolve("www.example.test", false);
        assertThat(upstream.asked).hasSize(1);
        asked(Query.A).answer(0, A);
        assertThat(found.getNow()).containsExactly(FOUR);
    }

    @Test
    void a_missing_name_is_known_from_its_first_answer() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(3);
        assertUnresolved(found, "www.example.test does not exist");
    }

    @Test
    void a_denial_of_the_ipv6_question_alone_is_not_believed() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.AAAA).answer(3);
        assertThat(found.isDone()).isFalse();
        asked(Query.A).answer(0, A);
        assertThat(found.getNow()).containsExactly(FOUR);
    }

    @Test
    void a_name_without_addresses_is_told_from_a_missing_one() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(0);
        asked(Query.AAAA).answer(0);
        assertUnresolved(found, "www.example.test has no address");
    }

    @Test
    void one_family_is_enough_when_the_other_fails() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).fail("down");
        asked(Query.AAAA).answer(0, AAAA);
        assertThat(found.getNow()).containsExactly(SIX);
    }

    @Test
    void a_failed_look_up_is_no_missing_name() {
        Future<List<InetAddress>> found = resolve("www.example.test", true);
        asked(Query.A).answer(0);
        asked(Query.AAAA).answer(2);
        Failure failure = (Failure) found.cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
        assertThat(failure.text()).contains("up: answered SERVFAIL");
    }

    @Test
    void whoever_could_not_use_an_expired_answer_waits_for_the_new_one() {
        Host.Name name = new Host.Name("www.example.test");
        CachingResolver resolver = resolver(false);
        resolver.resolve(name, time.loop());
        upstream.last().answer(0, A);
        time.pass(61_000);
        assertThat(resolver.resolve(name, time.loop()).getNow()).containsExactly(FOUR);
        Future<List<InetAddress>> anew = resolver.resolveAnew(name, time.loop());
        time.pass(1000);
        assertThat(anew.isDone()).isFalse();
        assertThat(upstream.asked).as("the refresh serves both").hasSize(2);
        upstream.last().answer(0, A.replace("10.0.0.1", "10.0.0.2"));
        assertThat(anew.getNow()).containsExactly(Addresses.parse("10.0.0.2"));
        assertThat(resolver.resolveAnew(name, time.loop()).getNow()).containsExactly(Addresses.parse("10.0.0.2"));
        assertThat(upstream.asked).as("a fresh answer is not asked for again").hasSize(2);
    }

    @Test
    void hosts_are_never_asked_for_and_used_as_they_are_written() {
        for (boolean ipv6 : new boolean[] {true, false}) {
            assertThat(resolve("nas.example.test", ipv6).getNow()).containsExactly(SIX, FOUR);
            assertThat(resolve("six.example.test", ipv6).getNow()).containsExactly(SIX);
            assertThat(resolve("localhost", ipv6).getNow())
                    .containsExactly(Addresses.parse("127.0.0.1"), Addresses.parse("::1"));
        }
        assertThat(upstream.asked).isEmpty();
    }

    /** The trail of a query of our own, once it is answered. */
    private Trail trail(CachingResolver resolver, String name, int type) {
        List<Trail> trails = new ArrayList<>();
        resolver.answer(Request.of(new Host.Name(name), type, trails::add), time.loop());
        time.run();
        if (!upstream.asked.isEmpty()) {
            upstream.asked.remove(0).answer(0, A);
            time.run();
        }
        return trails.get(0);
    }

    @Test
    void who_watches_a_query_is_told_where_its_answer_comes_from() {
        CachingResolver resolver = resolver(false);
        Trail fresh = trail(resolver, "www.example.test", Query.A);
        assertThat(fresh).isEqualTo(new Trail(Trail.Source.UPSTREAM, "up", Optional.of("up"), Duration.ZERO));
        time.pass(7_000);
        Trail kept = trail(resolver, "www.example.test", Query.A);
        assertThat(kept).isEqualTo(new Trail(Trail.Source.CACHE, "up", Optional.of("up"), Duration.ofSeconds(7)));
        time.pass(60_000);
        Trail stale = trail(resolver, "www.example.test", Query.A);
        assertThat(stale).isEqualTo(new Trail(Trail.Source.STALE, "up", Optional.of("up"), Duration.ofSeconds(67)));
        assertThat(trail(resolver, "nas.example.test", Query.A).source()).isEqualTo(Trail.Source.HOSTS);
        assertThat(trail(resolver, "other.example.test", Query.AAAA).source()).isEqualTo(Trail.Source.NO_IPV6);
        assertThat(trail(resolver, "printer", Query.A).source()).isEqualTo(Trail.Source.NOBODY);
    }

    @Test
    void who_watches_a_query_is_told_that_no_upstream_has_an_answer() {
        List<Trail> trails = new ArrayList<>();
        resolver(true).answer(Request.of(new Host.Name("www.example.test"), Query.A, trails::add), time.loop());
        time.run();
        upstream.last().fail("down");
        time.run();
        assertThat(trails).containsExactly(new Trail(Trail.Source.FAILED, "up", Optional.empty(), Duration.ZERO));
    }

    @Test
    void the_transport_of_an_upstream_is_that_of_its_address() {
        Map.of(
                        "192.0.2.1", "udp",
                        "system (192.0.2.1)", "udp",
                        "udp://192.0.2.1", "udp",
                        "TCP://192.0.2.1", "tcp",
                        "tls://dns.test", "tls",
                        "https://dns.test/dns-query", "https")
                .forEach((server, transport) -> assertThat(
                                new Trail(Trail.Source.UPSTREAM, "", Optional.of(server), Duration.ZERO).transport())
                        .contains(transport));
    }
}

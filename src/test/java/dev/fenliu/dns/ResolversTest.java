package dev.fenliu.dns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.lan.Leases;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.TlsOptions;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ResolversTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(2);

    @TempDir
    Path folder;

    private final AnswerCache cache = new AnswerCache(System::nanoTime);
    private SystemFiles files;

    @BeforeEach
    void write_the_systems_files() throws Exception {
        files = new SystemFiles(
                Files.writeString(folder.resolve("hosts"), "10.0.0.9 printer.lan\n"),
                Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"));
    }

    @AfterAll
    static void shutDown() throws Exception {
        LOOPS.shutdownGracefully(0, 2, SECONDS).get(5, SECONDS);
    }

    private Resolvers open(List<Upstream> direct) throws IOException {
        DnsOptions options = new DnsOptions(
                direct,
                List.of(),
                List.of(),
                DnsOptions.Local.NONE,
                CacheOptions.DEFAULT,
                new DnsOptions.Replies(DnsOptions.Ipv6.NO, DnsOptions.Blocked.NXDOMAIN));
        return Resolvers.open(options, cache, LOOPS, SocketOptions.DEFAULT, () -> Leases.NONE, files);
    }

    private static Upstream at(FakeServer server) {
        return Upstream.parse("udp://" + Sockets.text(server.address()));
    }

    private static Future<List<InetAddress>> resolve(Resolver resolver, String name) {
        return resolver.resolve(new Host.Name(name), LOOPS.next());
    }

    @Test
    void it_says_who_is_asked() throws Exception {
        try (Resolvers resolvers = open(DnsOptions.DEFAULT_DIRECT)) {
            assertThat(resolvers.describe())
                    .isEqualTo("https://223.5.5.5/dns-query, then https://1.12.12.12/dns-query#doh.pub,"
                            + " then system (192.0.2.53), then system (2001:db8::53)");
        }
        files = new SystemFiles(folder.resolve("none"), folder.resolve("none"));
        try (Resolvers resolvers = open(List.of(Upstream.SYSTEM))) {
            assertThat(resolvers.describe()).isEqualTo("no resolver");
            Future<?> found = resolve(resolvers.direct(), "www.example.test");
            assertThat(found.await(5, SECONDS)).isTrue();
            assertThat(Failure.of(found.cause()).text()).contains("there is no resolver to ask");
        }
    }

    @Test
    void hosts_of_the_system_serve_both_resolvers() throws Exception {
        try (Resolvers resolvers = open(DnsOptions.DEFAULT_DIRECT)) {
            for (Resolver resolver : List.of(resolvers.direct(), resolvers.bootstrap())) {
                assertThat(resolve(resolver, "printer.lan").get(5, SECONDS))
                        .containsExactly(Addresses.parse("10.0.0.9"));
            }
        }
    }

    @Test
    void the_answer_comes_on_the_loop_of_the_caller() throws Exception {
        try (FakeServer server = FakeServer.udp(query -> List.of(Replies.a(query, "10.0.0.1")));
                Resolvers resolvers = open(List.of(at(server)))) {
            for (int i = 0; i < 4; i++) {
                EventLoop loop = LOOPS.next();
                Promise<Boolean> there = loop.newPromise();
                resolvers
                        .direct()
                        .resolve(new Host.Name("n" + i / 2 + ".example.test"), loop)
                        .addListener(done -> there.setSuccess(done.isSuccess() && loop.inEventLoop()));
                assertThat(there.get(5, SECONDS)).isTrue();
            }
        }
    }

    @Test
    void answers_outlive_a_reload() throws Exception {
        try (FakeServer server = FakeServer.udp(query -> List.of(Replies.a(query, "10.0.0.1")))) {
            for (int i = 0; i < 3; i++) {
                try (Resolvers resolvers = open(List.of(at(server)))) {
                    assertThat(resolve(resolvers.direct(), "www.example.test").get(5, SECONDS))
                            .hasSize(1);
                }
            }
            assertThat(server.datagrams).hasValue(1);
        }
    }

    @Test
    void names_of_this_network_stay_in_it() throws Exception {
        Upstream elsewhere = Upstream.parse("udp://192.0.2.1");
        try (FakeServer router = FakeServer.udp(query -> List.of(Replies.a(query, "10.0.0.1")));
                Resolvers resolvers = open(List.of(elsewhere, at(router)))) {
            for (String name : List.of("nas", "nas.lan", "nas.local", "a.home.arpa")) {
                assertThat(resolve(resolvers.direct(), name).get(5, SECONDS)).hasSize(1);
            }
        }
        assertThat(LocalNames.isLocal("lan.example")).isFalse();
        assertThat(LocalNames.isLocal("arpa.example")).isFalse();
        assertThat(LocalNames.isLocal("wlan.example")).isFalse();
        assertThat(LocalNames.isLocal("1.1.168.192.in-addr.arpa")).isTrue();
        assertThat(LocalNames.isLocal("10.in-addr.arpa")).isTrue();
        assertThat(LocalNames.isLocal("1.2.0.192.in-addr.arpa")).isFalse();
        assertThat(LocalNames.isLocal("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"))
                .isTrue();
        assertThat(LocalNames.isLocal("8.b.d.0.1.0.0.2.ip6.arpa")).isFalse();
    }

    @Test
    void a_failure_names_what_each_upstream_did() throws Exception {
        try (FakeServer broken = FakeServer.udp(query -> List.of(Replies.to(query, 2)));
                FakeServer refusing = FakeServer.udp(query -> List.of(Replies.to(query, 5)));
                Resolvers resolvers = open(List.of(at(broken), at(refusing)))) {
            Future<?> found = resolve(resolvers.direct(), "www.example.test");
            assertThat(found.await(5, SECONDS)).isTrue();
            Failure failure = Failure.of(found.cause());
            assertThat(failure.kind()).isEqualTo(Failure.Kind.RESOLVER_FAILED);
            assertThat(failure.text())
                    .isEqualTo("www.example.test could not be looked up: "
                            + at(broken).text() + ": answered SERVFAIL; "
                            + at(refusing).text() + ": answered REFUSED");
        }
    }

    @Test
    void whatever_an_upstream_sends_every_look_up_ends_in_time() throws Exception {
        Random random = new Random(7);
        Function<byte[], byte[]> spoilt = query -> {
            byte[] answer = Replies.a(query, "10.0.0.1");
            synchronized (random) {
                for (int i = random.nextInt(4); i > 0; i--) {
                    answer[2 + random.nextInt(answer.length - 2)] = (byte) random.nextInt();
                }
                return Arrays.copyOf(answer, random.nextInt(4) == 0 ? random.nextInt(answer.length) : answer.length);
            }
        };
        FakeServer.Conversation conversation = peer -> {
            while (true) {
                peer.send(spoilt.apply(peer.query()));
            }
        };
        try (FakeServer server = new FakeServer(query -> List.of(spoilt.apply(query)), conversation)) {
            for (String scheme : List.of("udp://", "tcp://")) {
                try (Resolvers resolvers = open(List.of(Upstream.parse(scheme + Sockets.text(server.address()))))) {
                    List<Future<List<InetAddress>>> all = new ArrayList<>();
                    for (int i = 0; i < 150; i++) {
                        all.add(resolve(resolvers.direct(), scheme.charAt(0) + "n" + i + ".example.test"));
                    }
                    for (Future<List<InetAddress>> found : all) {
                        assertThat(found.await(ServerGroup.BUDGET_MILLIS + 2000))
                                .isTrue();
                        assertThat(found.isSuccess()
                                        || Failure.of(found.cause()).kind() != Failure.Kind.INTERNAL)
                                .isTrue();
                    }
                    // One mixed-up answer ends all that wait on its connection, but not what is asked after it.
                    boolean again = false;
                    for (int i = 0; i < 100 && !again; i++) {
                        again = resolve(resolvers.direct(), scheme.charAt(0) + "a" + i + ".example.test")
                                .await()
                                .isSuccess();
                    }
                    assertThat(again).isTrue();
                }
            }
        }
    }

    @Test
    void a_certificate_file_that_cannot_be_used_is_named() {
        Upstream upstream = Upstream.parse("tls://192.0.2.1");
        Path missing = folder.resolve("none.pem");
        var tls = new TlsOptions(
                Optional.empty(),
                List.of(),
                Optional.of(missing),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        List<Upstream> bad = List.of(upstream.with(tls));
        List<Upstream> system = List.of(Upstream.SYSTEM);
        for (List<List<Upstream>> lists :
                List.of(List.of(bad, system, system), List.of(system, bad, system), List.of(system, system, bad))) {
            DnsOptions options = new DnsOptions(
                    lists.get(0),
                    lists.get(1),
                    lists.get(2),
                    DnsOptions.Local.NONE,
                    CacheOptions.DEFAULT,
                    new DnsOptions.Replies(DnsOptions.Ipv6.NO, DnsOptions.Blocked.NXDOMAIN));
            Assertions.assertThatThrownBy(() ->
                            Resolvers.open(options, cache, LOOPS, SocketOptions.DEFAULT, () -> Leases.NONE, files))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("none.pem");
        }
    }
}

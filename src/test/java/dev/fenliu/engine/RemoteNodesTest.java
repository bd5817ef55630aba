package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Direct;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.subscribe.Quota;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of an update of a subscription. */
@Timeout(30)
class RemoteNodesTest {
    private static final Status.Subscription READ =
            new Status.Subscription("air", "127.0.0.1", 0, 0, List.of(), Optional.empty(), Quota.UNKNOWN, Updates.NONE);

    private final EventLoopGroup loops = Sockets.loops(1);
    private final AtomicInteger changes = new AtomicInteger();
    private final Direct direct = new Direct(
            "direct",
            SocketOptions.DEFAULT,
            (name, loop) -> loop.newSucceededFuture(List.of(InetAddress.getLoopbackAddress())));

    @TempDir
    private Path state;

    private Web web;
    private ListCache cache;
    private RemoteLists lists;
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");

    @BeforeEach
    void open() throws Exception {
        web = new Web();
        cache = new ListCache(state);
        lists = new RemoteLists(loops.next(), cache, () -> now, changes::incrementAndGet);
    }

    @AfterEach
    void close() {
        lists.close();
        web.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private URI uri() {
        return web.uri("/sub/hunter2");
    }

    private void keep(RemoteLists.Ways ways, String more, boolean loaded) {
        Config config = Built.config("""
            outbounds: {far: {type: socks5, server: "127.0.0.1:9"}}
            subscriptions: {air: {url: "%s"%s}}
            rules: [{to: direct}]
            """.formatted(uri(), more));
        lists.keep(config.remotes(), loaded ? Set.of("subscription air") : Set.of(), ways);
    }

    private void keep(boolean loaded) {
        keep((via, to) -> direct, "", loaded);
    }

    private static String links(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "socks5://h" + i + ".test#n" + i + "\n")
                .collect(Collectors.joining());
    }

    private String copy() {
        return cache.read(uri())
                .map(copy -> new String(copy.content(), StandardCharsets.UTF_8))
                .orElse("");
    }

    private void old(int count) throws Exception {
        cache.write(uri(), links(count).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        cache.confirm(uri(), now.minus(Duration.ofDays(2)));
    }

    private String problem() {
        Awaitility.await()
                .until(() -> lists.news().latest(READ).updates().problem().isPresent());
        return lists.news().latest(READ).updates().problem().orElseThrow().text();
    }

    @Test
    void it_is_fetched_by_a_name_that_providers_know_and_kept_for_us_alone() throws Exception {
        web.says(
                "/sub/hunter2",
                "HTTP/1.1 200 OK\r\nSubscription-Userinfo: upload=1; download=2; total=; expire=\r\n"
                        + "profile-update-interval: 24\r\nContent-Length: " + links(3).length() + "\r\n\r\n"
                        + links(3));
        keep(false);
        Awaitility.await().untilAtomic(changes, Matchers.is(1));
        assertThat(web.asked.element()).contains("\r\nuser-agent: Fenliu (clash.meta)\r\n");
        assertThat(copy()).isEqualTo(links(3));
        assertThat(Files.getPosixFilePermissions(cache.file(uri())))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(lists.news().latest(READ).quota().used()).contains(3L);
        assertThat(lists.news().latest(READ).updated()).contains(now);
        SubscriptionPlan plan = Built.config("subscriptions: {air: {url: \"" + uri() + "\"}}")
                .subscriptions()
                .get("air");
        assertThat(plan.every(cache.said(uri()))).isEqualTo(Duration.ofHours(24));
        assertThat(plan.every(new ListCache(state.resolve("none")).said(uri()))).isEqualTo(Duration.ofHours(12));
    }

    @Test
    void the_server_is_asked_as_soon_as_somebody_wants_it() throws Exception {
        cache.write(uri(), links(3).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        cache.confirm(uri(), now);
        keep(true);
        web.has("/sub/hunter2", "\"v2\"", links(4));
        assertThat(lists.refresh("subscription air").get()) // while it is looked up whether it is due
                .contains(new Refreshed(true, Optional.empty(), false));
        assertThat(web.asked).hasSize(1).first().asString().contains("\r\nif-none-match: \"v1\"\r\n");
        assertThat(copy()).isEqualTo(links(4));
        assertThat(lists.refresh("subscription air").get()).contains(new Refreshed(false, Optional.empty(), false));
        assertThat(web.asked).hasSize(2);
        assertThat(lists.refresh("subscription other").get()).isEmpty();
    }

    @Test
    void nodes_that_came_and_went_are_told_by_name_and_type_alone() throws Exception {
        cache.write(uri(), links(3).getBytes(StandardCharsets.UTF_8), Optional.of("\"v1\""));
        cache.confirm(uri(), now);
        keep(true);
        web.has("/sub/hunter2", "\"v2\"", links(4));
        lists.refresh("subscription air").get();
        ListDiff diff = cache.diff(uri(), ListCache.Differing.CHANGE).orElseThrow();
        assertThat(diff.counts()).isEqualTo(new ListDiff.Counts(now, 1, 0));
        assertThat(diff.firstAdded()).containsExactly("n3 (socks5)");
    }

    @Test
    void a_server_that_has_nothing_new_may_tell_a_new_quota() throws Exception {
        old(3);
        web.says("/sub/hunter2", "HTTP/1.1 304 Not Modified\r\nsubscription-userinfo: download=7\r\n\r\n");
        keep(true);
        Awaitility.await().until(() -> lists.news().latest(READ).quota().used().equals(Optional.of(7L)));
        assertThat(cache.read(uri()).orElseThrow().etag()).contains("\"v1\"");
        assertThat(cache.fetched(uri())).contains(now);
        assertThat(changes).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        200 OK                    |                                    | it is empty
        200 OK                    | <!DOCTYPE html><html>log in</html> | it is a web page, not a list of nodes
        200 OK                    | {"error": "no such user hunter2"}  | it is no list of nodes
        403 Forbidden             | hunter2                            | the server answers 403 Forbidden
        502 Bad Gateway           | oops                               | the server answers 502 Bad Gateway
        """)
    void the_last_good_copy_stays_when_something_else_comes(String status, String body, String words) throws Exception {
        old(10);
        String text = body == null ? "" : body;
        web.says("/sub/hunter2", "HTTP/1.1 " + status + "\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
        keep(true);
        assertThat(problem()).contains(words).doesNotContain("hunter2");
        assertThat(copy()).isEqualTo(links(10));
        assertThat(changes).hasValue(0);
    }

    @Test
    void a_list_that_lost_most_of_its_nodes_is_held_back_until_it_is_accepted() throws Exception {
        old(10);
        assertThat(cache.accept(uri())).as("nothing is held back").isEmpty();
        web.has("/sub/hunter2", "x", links(4));
        keep(true);
        assertThat(problem()).contains("held back");
        assertThat(cache.accept(uri())).contains("the new list has 4 nodes, the old one 10");
        assertThat(cache.accept(uri())).as("once is enough").isEmpty();
        keep(true);
        Awaitility.await().untilAtomic(changes, Matchers.is(1));
        assertThat(copy()).isEqualTo(links(4));
        assertThat(cache.accepted(uri())).as("the next loss is held back again").isEmpty();
    }

    @Test
    void a_list_that_lost_most_of_its_nodes_is_taken_too_when_the_copy_is_removed() throws Exception {
        old(10);
        web.has("/sub/hunter2", "x", links(4) + "wireguard://x@y.test:1\n".repeat(20));
        keep(true);
        assertThat(problem())
                .contains("the new list has 4 nodes, the old one 10: held back. To take it: fenliu accept air");
        assertThat(web.asked).hasSize(1);
        assertThat(copy()).isEqualTo(links(10));
        Files.delete(cache.file(uri()));
        keep(false);
        Awaitility.await().untilAtomic(changes, Matchers.is(1));
        assertThat(copy()).startsWith(links(4));
        Awaitility.await()
                .until(() -> lists.news().latest(READ).updates().problem().isEmpty());
    }

    @Test
    void a_list_of_nothing_but_refused_nodes_is_kept_when_there_was_none() {
        web.has("/sub/hunter2", "x", "trojan://x@h.test:443?allowInsecure=1#open\n");
        keep(false);
        Awaitility.await().untilAtomic(changes, Matchers.is(1));
    }

    private RemoteLists.Ways ways(Outbound plain, Outbound tunnel) {
        return new RemoteLists.Ways() {
            @Override
            public Outbound find(String via, Destination to) {
                return via.equals("direct") ? plain : tunnel;
            }

            @Override
            public List<String> tunnels() {
                return List.of("ai", "far", "third");
            }
        };
    }

    @Test
    void who_cannot_be_reached_directly_is_asked_through_a_tunnel() {
        web.has("/sub/hunter2", "x", links(3));
        ScriptedOutbound refusing = new ScriptedOutbound("direct");
        keep(ways(refusing, direct), "", false);
        Awaitility.await().until(() -> refusing.dials.size() == 1);
        assertThat(web.asked).isEmpty();
        refusing.streams.get(0).setFailure(new Failure(Failure.Kind.HOST_UNREACHABLE, "no way"));
        Awaitility.await().untilAtomic(changes, Matchers.is(1));
        assertThat(copy()).isEqualTo(links(3));
    }

    @Test
    void each_way_is_tried_and_what_each_came_to_is_said() {
        web.has("/sub/hunter2", "x", "<html>");
        keep(ways(direct, direct), "", false);
        assertThat(problem())
                .isEqualTo("direct: it is a web page, not a list of nodes; ai: it is a web page, not a list of nodes;"
                        + " far: it is a web page, not a list of nodes");
        assertThat(web.asked).hasSize(3);
    }

    @Test
    void who_names_a_way_gets_that_way_and_no_other() {
        web.has("/sub/hunter2", "x", "<html>");
        keep(ways(new ScriptedOutbound("direct"), direct), ", via: far", false);
        assertThat(problem()).isEqualTo("it is a web page, not a list of nodes");
        assertThat(web.asked).hasSize(1);
    }
}

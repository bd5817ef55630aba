package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.config.Problems;
import dev.fenliu.dns.AnswerCache;
import dev.fenliu.e2e.FakeDns;
import dev.fenliu.net.Sockets;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What becomes of kept answers when the rules change and over a restart, with real resolvers, clients and origins. */
@Timeout(60)
class KeptAnswersTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    private final EventLoopGroup loops = Sockets.loops(2);

    @TempDir
    private Path state;

    private ServerSocket origin;
    private FakeDns plain;
    private FakeDns tunnelled;
    private Proxy proxy;

    @BeforeEach
    void open() throws IOException {
        origin = new ServerSocket(0, 50, HERE);
        plain = new FakeDns();
        tunnelled = new FakeDns();
        start();
    }

    /** Restarts take no time, whatever becomes of the clock of this machine's wall meanwhile. */
    private void start() {
        Kept fresh = Kept.fresh(loops, System::nanoTime, state);
        Kept kept = new Kept(
                loops,
                fresh.clock(),
                fresh.answers(),
                fresh.health(),
                fresh.selections(),
                fresh.processes(),
                InstantSource.fixed(NOW),
                state);
        proxy = new Proxy(kept, new RecordedEvents(), () -> {});
    }

    private void stop() {
        proxy.drain().forEach(Future::awaitUninterruptibly);
        proxy.stop();
        Awaitility.await().until(() -> proxy.running() == 0);
    }

    private Path file() {
        return state.resolve("answers.state");
    }

    @AfterEach
    void close() throws IOException {
        stop();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        plain.close();
        tunnelled.close();
        origin.close();
    }

    /** Another address of this machine counts as a tunnel that asks for names itself. */
    private void apply(String rules) throws InterruptedException {
        apply(rules, "yes");
    }

    private void apply(String rules, String persist) throws InterruptedException {
        if (applyOnce(rules, persist) == 1) {
            applyOnce(rules, persist); // a reload comes after what was kept was taken, a start does not wait for it
        }
    }

    private long applyOnce(String rules, String persist) throws InterruptedException {
        String yaml = """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds:
                  far: {type: direct, source-address: 127.0.0.2}
                  vps: {type: socks5, server: "vps.test:%d"}
                dns: {direct: "udp://127.0.0.1:%d", tunnel: "udp://127.0.0.1:%d", ipv6: no, cache: {persist: %s}}
                rules: [%s]
                """.formatted(origin.getLocalPort(), plain.port(), tunnelled.port(), persist, rules);
        Problems problems = new Problems();
        Config config = ConfigReader.read("test.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems);
        assertThat(config).as(problems.all().toString()).isNotNull();
        Future<Proxy.Report> done = proxy.apply(config, problems).await();
        assertThat(done.isSuccess()).as(problems.all() + " " + done.cause()).isTrue();
        return done.getNow().generation();
    }

    /** Connects to the origin by a name. */
    private void visit(String host) throws IOException {
        try (Socket client = new Socket(HERE, proxy.addresses().get("in").getPort())) {
            String authority = host + ":" + origin.getLocalPort();
            client.getOutputStream()
                    .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            origin.accept().close();
            client.getInputStream().read();
        }
    }

    /** The names that were asked for since the last call. */
    private static List<String> asked(FakeDns resolver) {
        Queue<String> asked = resolver.asked();
        List<String> all = List.copyOf(asked);
        asked.clear();
        return all;
    }

    @Test
    void a_name_that_moves_to_a_tunnel_and_back_is_asked_anew_each_time() throws Exception {
        apply("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(plain)).containsExactly("moves.test", "stays.test");

        apply("{domain: moves.test, to: far}, {to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(tunnelled)).containsExactly("moves.test");
        assertThat(asked(plain)).isEmpty();

        apply("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(plain))
                .as("the answer of before the move is forgotten")
                .containsExactly("moves.test");
        assertThat(asked(tunnelled)).isEmpty();
    }

    @Test
    void the_names_of_tunnel_servers_are_kept_wherever_the_rules_send_them() throws Exception {
        apply("{to: vps}");
        visit("a.test");
        assertThat(asked(plain)).containsExactly("vps.test");
        apply("{domain: direct.test, to: direct}, {to: vps}");
        visit("b.test");
        assertThat(asked(plain)).isEmpty();
    }

    private void restart(String rules) throws InterruptedException {
        stop();
        start();
        apply(rules);
    }

    @Test
    void answers_outlive_a_restart() throws Exception {
        apply("{to: direct}");
        visit("a.test");
        restart("{to: direct}");
        visit("a.test");
        assertThat(asked(plain)).containsExactly("a.test");
    }

    @Test
    void a_name_that_moved_while_it_was_down_is_asked_anew() throws Exception {
        apply("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        restart("{domain: moves.test, to: far}, {to: direct}");
        restart("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(plain)).containsExactly("moves.test", "stays.test", "moves.test");
    }

    @Test
    void the_address_of_a_tunnel_outlives_a_restart() throws Exception {
        apply("{to: vps}");
        visit("a.test");
        restart("{to: vps}");
        visit("b.test");
        assertThat(asked(plain)).containsExactly("vps.test");
    }

    @Test
    void who_does_not_want_answers_kept_has_none_on_the_disk() throws Exception {
        apply("{to: direct}");
        visit("a.test");
        stop();
        assertThat(file()).exists();
        start();
        apply("{to: direct}", "no");
        visit("a.test");
        apply("{to: direct}", "no");
        assertThat(file()).doesNotExist();
        stop();
        assertThat(file()).doesNotExist();
        start();
    }

    @Test
    void a_stop_before_anything_was_read_or_changed_leaves_the_file_alone() throws Exception {
        apply("{to: direct}");
        visit("a.test");
        stop();
        byte[] kept = Files.readAllBytes(file());
        start();
        stop();
        assertThat(file()).hasBinaryContent(kept);
        start();
        applyOnce("{to: direct}", "yes");
        stop();
        start();
        restart("{to: direct}");
        visit("a.test");
        assertThat(asked(plain)).containsExactly("a.test");
    }

    @Test
    void a_damaged_file_is_set_aside_and_replaced() throws Exception {
        Files.writeString(file(), "something else");
        apply("{to: direct}");
        assertThat(state.resolve("answers.bad")).hasContent("something else");
        visit("a.test");
        restart("{to: direct}");
        visit("a.test");
        assertThat(asked(plain)).containsExactly("a.test");
    }

    @Test
    void a_folder_that_cannot_be_written_is_told_once() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(KeptAnswers.class);
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        logger.addAppender(told);
        try {
            Path folder = Files.writeString(state.resolve("file"), "in the way");
            AnswerCache cache = new AnswerCache(System::nanoTime);
            KeptAnswers answers = new KeptAnswers(cache, new StateFiles(folder), InstantSource.system());
            CountDownLatch followed = new CountDownLatch(1);
            Generation second = Built.generation(2, "rules: [{to: direct}]", Map.of());
            answers.follow(second, true, followed::countDown);
            assertThat(followed.await(10, TimeUnit.SECONDS)).isTrue();
            answers.save();
            cache.clear();
            answers.save();
            answers.close();
            assertThat(told.list).hasSize(1);
            assertThat(told.list.get(0).getFormattedMessage()).startsWith("dns: answers cannot be kept");
        } finally {
            logger.detachAppender(told);
        }
    }
}

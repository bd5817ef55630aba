package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.fenliu.app.pair.PairingString;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.control.Steering;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.control.rules.Workbench;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.FlowListener;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Proxy;
import dev.fenliu.model.Destination;
import dev.fenliu.net.Sockets;
import dev.fenliu.state.PrivateFiles;
import dev.fenliu.tally.Tally;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** The page's first step: a tunnel of each kind, into a config that is there and into one that is not. */
class SetupTunnelTest {
    private static final String MINE = """
            # my own words
            listeners: []
            api: {listen: off}

            outbounds:
              tun0: {type: direct}   # taken
            groups:
              ai:        # mine
                type: select
                members: [tun0]
            rules:
              - {to: ai}
            """;
    private static final String LINK = "ss://YWVzLTEyOC1nY206c2VjcmV0@203.0.113.9:8388#my%20node";

    @TempDir
    private Path folder;

    private final EventLoopGroup loops = Sockets.loops(1);
    private @Nullable Proxy proxy;
    private @Nullable Tally tally;
    private @Nullable Editing editing;
    private boolean bound;

    private Path file() {
        return folder.resolve("conf/config.yaml");
    }

    private String text() throws Exception {
        return Files.exists(file()) ? Files.readString(file()) : "";
    }

    /** With a config, or without one. */
    private void start(@Nullable String config) throws Exception {
        Kept kept = Kept.fresh(loops, System::nanoTime, folder.resolve("state"));
        proxy = new Proxy(kept, FlowListener.NONE, () -> {}, Optional.empty());
        tally = new Tally(kept.dates(), ZoneOffset.UTC, folder.resolve("state"));
        editing = new Editing(
                proxy,
                this::reload,
                tally,
                kept,
                () -> new Workbench.Made(file(), Editing.made().text()));
        bound = config != null;
        if (config != null) {
            Files.createDirectories(file().getParent());
            PrivateFiles.write(file(), config);
        }
        Problems problems = new Problems();
        String first = config == null ? "listeners: []\nrules: [{to: direct}]\n" : config;
        Config read = ConfigReader.read(
                "config.yaml", Optional.of(file()).filter(any -> bound), first, Catalog.PROTOCOLS, problems);
        assertThat(apply(read, problems).isPresent())
                .as(problems.all().toString())
                .isTrue();
    }

    private Optional<Proxy.Report> apply(@Nullable Config config, Problems problems) throws InterruptedException {
        if (config == null) {
            return Optional.empty();
        }
        Future<Proxy.Report> done =
                Objects.requireNonNull(proxy).apply(config, problems).await();
        return done.isSuccess() ? Optional.of(done.getNow()) : Optional.empty();
    }

    /** The new config listens where other programs may: it is checked, but not put into force. */
    private CompletionStage<Steering.Reloaded> reload() {
        try {
            Problems problems = new Problems();
            Config read =
                    ConfigReader.read(file().toString(), Optional.of(file()), text(), Catalog.PROTOCOLS, problems);
            assertThat(read).as(problems.all().toString()).isNotNull();
            Optional<Proxy.Report> report =
                    bound ? apply(read, problems) : Optional.of(new Proxy.Report(1, 1, 0, Duration.ZERO));
            return CompletableFuture.completedFuture(new Steering.Reloaded(report, problems.all(), Optional.empty()));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.stop();
        }
        if (editing != null) {
            editing.stop();
        }
        if (tally != null) {
            tally.close();
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private Reply post(String body) throws Exception {
        Route route = Objects.requireNonNull(editing).routes().stream()
                .filter(one -> one.pattern().equals("/api/v1/setup/tunnel"))
                .findFirst()
                .orElseThrow();
        InetAddress here = InetAddress.getLoopbackAddress();
        Call call = new Call(
                HttpMethod.POST,
                route.pattern(),
                Map.of(),
                Map.of(),
                new DefaultHttpHeaders(),
                body,
                Optional.of(Scope.ADMIN),
                here,
                new InetSocketAddress(here, 1),
                loops.next());
        try {
            return route.answer(call).await().getNow();
        } catch (BadRequest e) { // as the server has it
            return Reply.refusal(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private Reply post(String way, String text) throws Exception {
        JsonObject body = new JsonObject();
        body.addProperty(way, text);
        return post(body.toString());
    }

    private void added(String way, String text) throws Exception {
        Reply reply = post(way, text);
        assertThat(reply.status().code()).as(reply.text()).isEqualTo(200);
        assertThat(reply.json().getAsJsonObject().keySet()).contains("version", "change", "generation", "problems");
    }

    @Test
    void a_new_config_sends_openai_through_an_interface() throws Exception {
        start(null);
        added("interface", "wg0");
        assertThat(text())
                .startsWith(Editing.MADE)
                .contains("outbounds:\n  wg0: {type: direct, interface: wg0}\n")
                .contains("tunnel: {type: select, members: [wg0]}")
                .contains("- {rule-set: openai, to: tunnel}", "- {to: direct}");
        assertThat(Files.getPosixFilePermissions(file())).hasSize(2);
    }

    @Test
    void a_new_config_sends_openai_through_a_link() throws Exception {
        start(null);
        added("link", "  " + LINK + "\n");
        assertThat(text())
                .contains("tunnel1: \"" + LINK + "\"")
                .contains("members: [tunnel1]", "- {rule-set: openai, to: tunnel}");
    }

    @Test
    void a_new_config_sends_openai_through_the_nodes_of_a_subscription() throws Exception {
        start(null);
        added("subscription", "https://sub.example/secret?x=1");
        assertThat(text())
                .contains("subscriptions:\n  nodes: {url: \"https://sub.example/secret?x=1\"}")
                .contains("tunnel: {type: select, members: [], use: nodes}", "- {rule-set: openai, to: tunnel}");
    }

    @Test
    void a_config_that_is_there_keeps_all_that_was_written_and_gets_other_names() throws Exception {
        start(MINE);
        added("interface", "tun0");
        assertThat(text())
                .isEqualTo(MINE.replace(
                                "  tun0: {type: direct}",
                                "  tun0-2: {type: direct, interface: tun0}\n  tun0: {type: direct}")
                        .replace("[tun0]", "[tun0-2, tun0]"));
        added("link", LINK);
        added("link", LINK.replace("8388", "8389"));
        added("interface", "隧道");
        assertThat(text())
                .contains("  tunnel1: \"ss://", "  tunnel2: \"ss://", "  tunnel3: {type: direct, interface: \"隧道\"}")
                .contains("members: [tunnel3, tunnel2, tunnel1, tun0-2, tun0]")
                .contains("# my own words", "# taken", "# mine");
        assertThat(Objects.requireNonNull(proxy).generation()).isEqualTo(5);
    }

    @Test
    void a_further_subscription_is_used_too() throws Exception {
        start(MINE);
        added("subscription", "http://127.0.0.1:1/a1");
        assertThat(text()).contains("    members: [tun0]\n    use: nodes\n");
        added("subscription", "http://127.0.0.1:1/b2");
        added("subscription", "http://127.0.0.1:1/c3");
        assertThat(text())
                .contains("    use: [nodes, nodes2, nodes3]\n")
                .contains("nodes: {url: \"http://127.0.0.1:1/a1\"}\n  nodes2: {url: \"http://127.0.0.1:1/b2\"}");
    }

    @Test
    void a_group_that_lives_on_subscriptions_gets_members_and_one_of_any_name_is_found() throws Exception {
        start("""
                listeners: []
                api: {listen: off}
                subscriptions: {old: {url: "http://127.0.0.1:1/a1"}}
                groups:
                  out: {type: select, use: all}   # everything
                rules: [{to: out}]
                """);
        added("subscription", "http://127.0.0.1:1/b2");
        added("interface", "wg0");
        assertThat(text())
                .contains("out: {type: select, use: all, members: [wg0]}   # everything")
                .contains("nodes: {url: \"http://127.0.0.1:1/b2\"}");
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/setup-tunnel-refusals.txt", delimiter = '|', quoteCharacter = '`')
    void what_cannot_be_is_refused_with_a_reason_and_changes_nothing(String body, int status, String why)
            throws Exception {
        start(MINE);
        Reply reply = post(body);
        assertThat(reply.status().code()).as(reply.text()).isEqualTo(status);
        assertThat(reply.text()).contains(why);
        if (status == 422) {
            JsonObject problem = reply.json()
                    .getAsJsonObject()
                    .getAsJsonArray("problems")
                    .get(0)
                    .getAsJsonObject();
            assertThat(problem.get("line").getAsInt()).isPositive();
        }
        assertThat(text()).isEqualTo(MINE);
        try (var files = Files.list(file().getParent())) {
            assertThat(files).containsExactly(file());
        }
        assertThat(Objects.requireNonNull(proxy).generation()).isEqualTo(1);
    }

    @Test
    void what_is_refused_makes_no_config() throws Exception {
        start(null);
        assertThat(post("link", "vless://nothing").status().code()).isEqualTo(422);
        assertThat(post("pairing", "fenliu://x").status().code()).isEqualTo(400);
        assertThat(file()).doesNotExist();
    }

    @Test
    void a_string_is_not_used_up_for_a_config_with_errors() throws Exception {
        start(MINE);
        Files.writeString(file(), MINE + "rulse: []\n");
        String string = new PairingString(
                        "home", Destination.parse("127.0.0.1:1"), new Secret("A".repeat(22)), Optional.empty())
                .text()
                .value();
        Reply reply = post("pairing", string);
        assertThat(reply.status().code()).isEqualTo(422);
        assertThat(reply.text()).contains("still good", "\"line\":13");
        try (var files = Files.list(file().getParent())) {
            assertThat(files).containsExactly(file());
        }
    }

    @Test
    void a_server_that_is_not_there_changes_nothing() throws Exception {
        start(MINE);
        String string = new PairingString(
                        "home", Destination.parse("127.0.0.1:1"), new Secret("A".repeat(22)), Optional.empty())
                .text()
                .value();
        Reply reply = post("pairing", string);
        assertThat(reply.status().code()).as(reply.text()).isEqualTo(400);
        assertThat(reply.text()).contains("fenliu serve");
        assertThat(text()).isEqualTo(MINE);
    }
}

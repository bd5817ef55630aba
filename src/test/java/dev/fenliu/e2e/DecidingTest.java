package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The screens on which people see who decides and decide otherwise, in a real browser, with real traffic before and after. */
@Tag("program")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecidingTest {
    private static final String EDITOR = "document.querySelector('.code').shadowRoot.querySelector('.cm-content')";

    @TempDir
    static Path folder;

    /** What the provider of lists has, by path. */
    private final Map<String, String> served = new ConcurrentHashMap<>(Map.of(
            "/ads", lines("ad%d.test", 40),
            "/nodes", nodes(2)));

    private HttpServer provider;
    private Split split;
    private Page page;
    private Path config = Path.of("");

    private static String lines(String form, int count) {
        return IntStream.range(0, count).mapToObj(i -> form.formatted(i) + "\n").collect(Collectors.joining());
    }

    private static String nodes(int count) {
        String links = lines("ss://YWVzLTEyOC1nY206czNjcmV0@node%1$d.test:9#node%1$d", count);
        return Base64.getEncoder().encodeToString(links.getBytes(StandardCharsets.UTF_8));
    }

    private String provide() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        provider.createContext("/", exchange -> {
            try (exchange) {
                byte[] bytes = served.getOrDefault(exchange.getRequestURI().getPath(), "")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        provider.start();
        return "http://127.0.0.1:" + provider.getAddress().getPort();
    }

    @BeforeAll
    void start() throws Exception {
        Path home = Files.createDirectories(folder.resolve("split"));
        StringBuilder list = new StringBuilder("domain-suffix:\n");
        for (int i = 0; i < 3000; i++) {
            list.append("  - host-").append(i).append(".list.test\n");
        }
        Files.writeString(home.resolve("long.yaml"), list);
        split = Split.start(
                home, "trojan", "  spare: {type: socks5, server: \"127.0.0.1:9\"}\n", """
                api: {listen: "127.0.0.1:0"}
                rule-sets: {long: {file: long.yaml}, ads: {url: "%s/ads"}}
                """.formatted(provide()));
        config = split.home.folder().resolve("home.yaml");
        assertThat(road(Split.TUNNELLED)).isEqualTo("tunnel");
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        page = Page.start(folder);
        page.size(1280, 900);
        page.open("http://127.0.0.1:" + split.home.port("api") + "/");
        page.until("document.querySelector('.login input')");
        page.evaluate("sessionStorage.setItem('fenliu.token', '"
                + Files.readString(split.home.folder().resolve("state/fenliu/api.token"))
                        .strip() + "'); location.reload()");
        page.until("document.querySelector('.side nav a')");
    }

    @AfterAll
    void stop() throws Exception {
        if (page != null) {
            page.close();
        }
        split.close();
        provider.stop(0);
    }

    @BeforeEach
    void begin() throws Exception {
        // a page asks before it lets go of what was typed and not saved
        page.evaluate(
                "document.querySelectorAll('.editor-bar .icon-undo').forEach(icon => icon.closest('button').click())");
        page.dress("light", 1280, "en");
        page.evaluate("document.querySelectorAll('.toast button[aria-label=Close]').forEach(one => one.click())");
        page.complaints().clear();
    }

    @AfterEach
    void nothing_was_complained_of() {
        assertThat(page.complaints()).isEmpty();
    }

    /** Which way a request through the proxy took: {@code direct} or {@code tunnel}. */
    private String road(String host) throws Exception {
        String told = Programs.output(
                Programs.require("curl"),
                "-sf",
                "--noproxy",
                "",
                "-x",
                "http://127.0.0.1:" + split.port(),
                split.url(host));
        return told.contains("road=tunnel") ? "tunnel" : told.contains("road=direct") ? "direct" : told;
    }

    private void show(String hash, String ready) throws Exception {
        page.evaluate("location.hash = '#/" + hash + "'");
        page.until(ready);
    }

    /** Takes back what was done last, and sees that the config is again as it was. */
    private void undo(String before) throws Exception {
        page.clickText(".toast button", "Undo");
        page.until("[...document.querySelectorAll('.toast')].some(one => one.textContent.includes('Undone'))");
        assertThat(Files.readString(config)).isEqualTo(before);
    }

    /** Types into a field, and presses what that lets one press. */
    private void submit(String form, String input, String text) throws Exception {
        page.fill(form + " " + input, text);
        page.click(form + " button[type=submit]:not(:disabled)");
    }

    private void discard(String before) throws Exception {
        page.clickText(".editor-bar button", "Discard");
        page.until("document.querySelector('.editor-bar .badge-ok')");
        assertThat(Files.readString(config)).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"light, 1280, en", "dark, 1280, zh", "light, 390, zh", "dark, 390, en"})
    void each_screen_shows_real_things_that_can_be_read(String theme, int width, String language) throws Exception {
        page.dress(theme, width, language);
        String as = "-" + theme + "-" + width;
        Set<String> wrong = new LinkedHashSet<>();
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        show("explain?host=chat.openai.test", "document.querySelector('.steps .step-tunnel')");
        wrong.addAll(page.audit("deciding-explain" + as));
        show("explain?host=no..host", "document.querySelector('.verdict .badge-fail')");
        wrong.addAll(page.audit("deciding-refused" + as));
        show("rules?tab=sets", "document.querySelector('.set')");
        wrong.addAll(page.audit("deciding-sets" + as));
        show("rules?tab=sets&set=long", "document.querySelectorAll('.entries li').length === 100");
        wrong.addAll(page.audit("deciding-entries" + as));
        show("traffic?by=domain", "document.querySelector('.empty code')");
        wrong.addAll(page.audit("deciding-domains" + as));
        show("overview", "document.querySelector('.tunnel-line')");
        page.click(".screen-head .actions button");
        page.until("document.querySelector('dialog [data-send=direct]')");
        wrong.addAll(page.audit("deciding-pause" + as));
        page.click("dialog [data-send=ai]");
        page.until("document.querySelector('.paused .left') && !document.querySelector('dialog')");
        wrong.addAll(page.audit("deciding-paused" + as));
        page.click(".paused button");
        page.until("!document.querySelector('.paused')");
        assertThat(wrong).isEmpty();
    }

    @Test
    void a_host_that_was_explained_takes_another_road_after_two_presses_and_its_own_again_after_undo()
            throws Exception {
        String before = Files.readString(config);
        show("explain?host=" + Split.DIRECT, "document.querySelector('.verdict-direct')");
        assertThat(page.text(".steps")).contains("home.yaml:", "{to: direct}");
        page.click("[data-send=vps]");
        page.until("document.querySelector('.verdict-tunnel')");
        assertThat(page.text(".steps")).contains(Split.DIRECT);
        assertThat(road(Split.DIRECT)).isEqualTo("tunnel");
        undo(before);
        page.until("document.querySelector('.verdict-direct')");
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
    }

    @Test
    void everything_goes_another_way_for_a_while_until_somebody_ends_it() throws Exception {
        String before = Files.readString(config);
        show("overview", "document.querySelector('.tunnel-line')");
        page.clickText(".screen-head button", "Pause");
        page.click("dialog [data-send=direct]");
        page.until("document.querySelector('dialog .refusal')"); // a rule test is binding where less would be safe
        assertThat(page.text("dialog .refusal")).contains("chat.openai.test");
        assertThat(page.audit("pause-refused")).isEmpty();
        page.clickText("dialog .send-buttons button", "Everything through ai");
        page.until("document.querySelector('.paused') && !document.querySelector('dialog')");
        assertThat(page.text(".paused")).matches("(?s)Everything goes through ai for another (10:00|9:5\\d).*End now");
        assertThat(page.text(".screen-head")).doesNotContain("Pause");
        assertThat(road(Split.DIRECT)).isEqualTo("tunnel");
        undo(before);
        page.until("!document.querySelector('.paused')");
        assertThat(road(Split.DIRECT)).isEqualTo("direct");

        page.clickText(".screen-head button", "Pause");
        page.clickText("dialog .choice label", "Until tomorrow");
        page.clickText("dialog .send-buttons button", "Everything through vps");
        page.until("document.querySelector('.paused') && !document.querySelector('dialog')");
        assertThat(page.evaluate("new Date(document.querySelector('.paused time').dateTime).toTimeString()")
                        .getAsString())
                .startsWith("00:00:00");
        assertThat(road(Split.DIRECT)).isEqualTo("tunnel");
        page.clickText(".paused button", "End now");
        page.until("!document.querySelector('.paused')");
        assertThat(Files.readString(config)).isEqualTo(before);
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        page.clickText(".toast:last-child button", "Undo");
        page.until("document.querySelector('.paused')");
        Fenliu.write(
                config,
                Files.readString(config)
                        .replaceFirst(
                                "until: \"[^\"]*\"",
                                "until: " + Instant.now().plusSeconds(5).toString()));
        page.until("!document.querySelector('.paused')"); // by itself
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        Fenliu.write(config, before);
    }

    @Test
    void all_that_a_device_sends_takes_another_road_after_two_presses_and_its_own_again_after_undo() throws Exception {
        String before = Files.readString(config);
        show("devices", "document.querySelector('.device[aria-label=\"This machine\"] .share-names')");
        page.click(".device[aria-label=\"This machine\"] .actions button");
        // a tunnel that no rule test allows is refused, and the page says why
        page.click("dialog [data-send=spare]");
        page.until("document.querySelector('dialog .refusal')");
        assertThat(page.text("dialog .refusal")).contains("chat.openai.test");
        assertThat(page.audit("deciding-refusal")).isEmpty();
        page.click("dialog [data-send=ai]");
        page.until("document.querySelector('.toast') && !document.querySelector('dialog')");
        assertThat(road(Split.DIRECT)).isEqualTo("tunnel");
        undo(before);
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
    }

    @Test
    void rules_are_found_added_for_a_while_and_removed() throws Exception {
        String before = Files.readString(config);
        show("rules", "document.querySelectorAll('.rules tbody tr').length === 2");
        page.clickText(".toolbar button", "Add a rule");
        page.fill("form.add input[name=rule]", "timed.test");
        page.evaluate(
                "(() => { const [to, span] = document.querySelectorAll('form.add select'); to.value = 'block'; to.dispatchEvent(new Event('change', {bubbles: true})); span.value = '10m'; span.dispatchEvent(new Event('change', {bubbles: true})); })()");
        page.until(
                "document.querySelectorAll('form.add select')[1].value === '10m' && !document.querySelector('form.add button[type=submit]').disabled");
        page.click("form.add button[type=submit]");
        page.until("document.querySelector('.rules .left')");
        assertThat(Files.readString(config)).contains("timed.test", "until:");
        page.fill(".toolbar input[type=search]", "timed");
        page.until("document.querySelectorAll('.rules tbody tr').length === 1");
        page.click(".rules td.end button");
        page.until("document.querySelector('.empty')");
        assertThat(Files.readString(config)).isEqualTo(before);
        show("rules?tab=sets&set=long", "document.querySelectorAll('.entries li').length === 100");
        page.fill(".toolbar input[type=search]", "host-2999");
        page.until("document.querySelectorAll('.entries li').length === 1");
        assertThat(page.text(".entries")).contains("host-2999.list.test", "long.yaml:3001");
    }

    @Test
    void a_list_that_lost_most_of_its_entries_is_held_back_and_the_old_one_stays_until_somebody_takes_it()
            throws Exception {
        String card = "document.querySelector('.set[aria-label=ads]')";
        show("rules?tab=sets", card + "?.innerText.startsWith('ads') && " + card + ".innerText.includes('40 entries')");
        served.put("/ads", "evil.test\n" + lines("ad%d.test", 3));
        page.clickText(".set[aria-label=ads] button", "Refresh");
        page.until(card + ".innerText.includes('held back') && " + card + ".querySelector('.diff .minus')");
        assertThat(page.text(".set[aria-label=ads]")).contains("40 entries", "If it is taken: +1 −37");
        assertThat(page.text(".set .diff .plus")).contains("evil.test");
        assertThat(page.evaluate("document.querySelectorAll('.set .diff .minus').length")
                        .getAsInt())
                .isEqualTo(37);
        assertThat(page.audit("held-back")).isEmpty();
        for (String theme : List.of("light", "dark")) {
            page.dress(theme, 390, "zh");
            page.until(card + ".innerText.includes('暂未采用') && " + card + ".innerText.includes('如果采用：')");
            assertThat(page.audit("held-back-" + theme + "-390-zh")).isEmpty();
        }
        String before = Files.readString(config);
        Fenliu.write(config, before.replace("\nrules:\n", "\nrules:\n  - {rule-set: ads, to: block}\n"));
        show("rules", "document.querySelector('.rules .remark.warning')?.innerText.includes('如果采用： +1 −37')");
        assertThat(page.audit("rules-held-back-dark-390-zh")).isEmpty();
        Fenliu.write(config, before);
        page.until("document.querySelectorAll('.rules tbody tr').length === 2");
        page.dress("light", 1280, "en");
        show("rules?tab=sets", card);
        page.clickText(".set[aria-label=ads] button", "Take it anyway");
        page.until("!" + card + ".innerText.includes('held back') && " + card + ".innerText.includes('4 entries')");
        page.until(card + ".innerText.includes('+1 −37 on ')");
        assertThat(page.text(".set[aria-label=ads]")).as("it is taken").doesNotContain("If it is taken");
        page.click(".set[aria-label=ads] summary");
        page.until("document.querySelectorAll('.set .diff .minus').length === 37");
        assertThat(page.audit("list-changed")).isEmpty();
        show("rules?tab=sets&set=ads", "document.querySelectorAll('.entries li').length === 4");
        served.put("/ads", lines("ad%d.test", 40));
    }

    @Test
    void what_went_wrong_is_said_in_chinese_before_the_programs_own_words() throws Exception {
        page.dress("dark", 390, "zh");
        String card = "document.querySelector('.set[aria-label=ads]')";
        String had = Objects.requireNonNull(served.put("/ads", "<!DOCTYPE html><html></html>"));
        show("rules?tab=sets", card);
        page.clickText(".set[aria-label=ads] button", "刷新");
        page.until("document.querySelector('.toast-warn')");
        assertThat(page.text(".toast-warn")).contains("取得的内容不是可用的列表（this is a web page");
        page.until(card + ".innerText.includes('取得的内容不是可用的列表（')");
        assertThat(page.audit("not-a-list-dark-390-zh")).isEmpty();
        served.put("/ads", had);
        page.clickText(".set[aria-label=ads] button", "刷新");
        page.until("!" + card + ".innerText.includes('取得的内容')");
        show("tunnels", "document.querySelector('main .columns')");
        String spare = "[...document.querySelectorAll('main section.card')].find(one =>"
                + " one.querySelector('h2 .road')?.innerText === 'spare')";
        page.until(spare);
        page.evaluate(spare + ".querySelector('.foot button').click()");
        page.until(spare + ".innerText.includes('隧道不通（')");
        page.evaluate(spare + ".scrollIntoView({block: 'center'})");
        assertThat(page.audit("tunnel-down-dark-390-zh")).isEmpty();
        String refused = "import('/assets/ui.js').then(ui => import('/assets/api.js').then(api =>"
                + " api.post('rule-sets/none/refresh').catch(error => ui.failed(error)))).then(() => 0)";
        page.evaluate(refused);
        page.until("document.querySelector('.toast-fail')");
        assertThat(page.text(".toast-fail")).contains("没有这一项（there is no rule-set \"none\"");
        page.complaints().removeIf(one -> one.contains("404"));
    }

    @Test
    void the_address_of_a_subscription_that_is_pasted_brings_its_nodes_and_a_press_brings_what_is_new()
            throws Exception {
        String before = Files.readString(config);
        show("setup", "document.querySelector('.paste input')");
        submit(".paste", "input", "http://127.0.0.1:" + provider.getAddress().getPort() + "/nodes");
        page.until("document.querySelector('.toast-ok')");
        assertThat(Files.readString(config)).contains("subscriptions:\n  nodes: {url: ", "use: nodes");
        String card = "document.querySelector('.card[aria-label=nodes]')";
        show("tunnels", card + "?.innerText.includes('2 nodes')");
        assertThat(page.text("main")).contains("node0", "node1").doesNotContain("node2");
        served.put("/nodes", nodes(3));
        page.clickText(".card[aria-label=nodes] button", "Refresh");
        page.until(card + ".innerText.includes('3 nodes')");
        page.until("document.querySelector('main').innerText.includes('node2')");
        assertThat(page.audit("refreshed")).isEmpty();
        page.until(card + ".innerText.includes('+1 −0 on ')");
        served.put("/nodes", nodes(1));
        page.clickText(".card[aria-label=nodes] button", "Refresh");
        page.until(card + ".querySelector('.diff .minus') && " + card + ".innerText.includes('If it is taken: +0 −2')");
        assertThat(page.text(".card[aria-label=nodes] .diff")).contains("node1 (shadowsocks)", "node2 (shadowsocks)");
        page.dress("dark", 390, "zh");
        page.until(card + ".innerText.includes('新列表内容过少，暂未采用（')");
        page.evaluate(card + ".scrollIntoView()");
        assertThat(page.audit("nodes-held-back-dark-390-zh")).isEmpty();
        page.dress("light", 1280, "en");
        served.put("/nodes", nodes(2));
        show("explain?host=" + Split.DIRECT, "document.querySelector('[data-send=ai]')");
        assertThat(page.text(".sending")).as("a node is had through its group").doesNotContain("node0");
        show("tunnels", card);
        Fenliu.write(config, before);
        page.until("!" + card);
    }

    /** Opens the config, and puts the cursor before its first letter. */
    private void edit() throws Exception {
        show("editor", "document.querySelector('.code') && document.querySelector('.editor-bar .badge-ok')");
        page.evaluate(EDITOR + ".focus()");
    }

    @Test
    void an_error_is_shown_at_its_line_and_cannot_be_saved() throws Exception {
        String before = Files.readString(config);
        edit();
        page.type("tunel: 1");
        page.press("Enter", 13);
        page.until("document.querySelector('.faults .badge-fail')");
        assertThat(page.text(".faults li")).contains("home.yaml:1:1", "tunel");
        page.until("document.querySelector('.code').shadowRoot.querySelector('.cm-lint-marker-error')");
        assertThat(page.evaluate("document.querySelector('.editor-bar .primary').disabled")
                        .getAsBoolean())
                .isTrue();
        assertThat(page.audit("deciding-error")).isEmpty();
        page.clickText(".editor-bar button", "Discard");
        page.until("document.querySelector('.editor-bar .badge-ok')");
        assertThat(Files.readString(config)).isEqualTo(before);
    }

    @Test
    void completion_knows_what_may_stand_at_a_place() throws Exception {
        String before = Files.readString(config);
        edit();
        page.type("log: {le");
        page.until("document.querySelector('.code').shadowRoot.querySelector('.cm-tooltip-autocomplete')");
        assertThat(page.evaluate(
                                "document.querySelector('.code').shadowRoot.querySelector('.cm-tooltip-autocomplete').innerText")
                        .getAsString())
                .startsWith("level")
                .doesNotContain("listeners");
        discard(before);
    }

    @Test
    void what_others_wrote_meanwhile_is_shown_and_ones_own_text_is_kept_then_saved_kept_and_undone() throws Exception {
        String before = Files.readString(config);
        edit();
        page.type("# mine");
        page.press("Enter", 13);
        Fenliu.write(config, before + "# theirs\n");
        page.clickText(".editor-bar button", "Save");
        page.clickText("dialog footer button", "Save");
        page.until("document.querySelector('.conflict')");
        assertThat(page.text(".conflict .diff")).contains("# mine", "# theirs");
        assertThat(page.evaluate(EDITOR + ".innerText").getAsString()).contains("# mine");
        assertThat(Files.readString(config)).isEqualTo(before + "# theirs\n");
        assertThat(page.audit("deciding-conflict")).isEmpty();
        page.clickText(".conflict button", "Go on");
        page.clickText(".editor-bar button", "Save");
        page.click("dialog input[value=confirm]");
        assertThat(page.audit("deciding-saving")).isEmpty();
        page.clickText("dialog footer button", "Save");
        page.until("document.querySelector('.notice .left')");
        assertThat(page.audit("deciding-pending")).isEmpty();
        assertThat(Files.readString(config)).isEqualTo("# mine\n" + before);
        page.clickText(".notice button", "Keep it");
        page.until("!document.querySelector('.notice')");
        page.clickText(".about-text label", "History");
        page.until("document.querySelector('.past li')");
        page.clickText(".past button", "Undo");
        page.until("!" + EDITOR + ".innerText.includes('# mine')");
        assertThat(Files.readString(config)).isEqualTo(before + "# theirs\n");
        Fenliu.write(config, before);
    }

    @Test
    void a_name_is_asked_for_and_its_way_is_shown() throws Exception {
        show("dns", "document.querySelector('.sums')");
        submit("form.ask-name", "input", Split.DIRECT);
        page.until("document.querySelector('.answer .step-last')");
        assertThat(page.text(".answer")).contains("{to: direct}", "127.0.0.1");
    }

    @Test
    void a_share_link_that_is_pasted_becomes_a_tunnel_and_goes_again_after_undo() throws Exception {
        String before = Files.readString(config);
        show("setup", "document.querySelector('.paste input')");
        submit(".paste", "input", "ss://YWVzLTEyOC1nY206czNjcmV0@127.0.0.1:9");
        page.until("document.querySelector('.toast')");
        assertThat(Files.readString(config)).isNotEqualTo(before).contains("ss://YWVz");
        undo(before);
        assertThat(page.text(".addresses")).contains("/proxy.pac");
    }

    @Test
    void chatgpt_is_tested_from_the_first_steps() throws Exception {
        show("setup", "document.querySelector('.paste input')");
        page.clickText(".part button", "Test ChatGPT");
        page.until("document.querySelector('.checked li')");
        assertThat(page.text(".checked")).contains("vps", "Fails", "chatgpt.com");
        assertThat(page.audit("first-steps-tested")).isEmpty();
    }
}

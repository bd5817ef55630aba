package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The dashboard of a program that has traffic, in a real browser: every screen, as people see it and as they steer it. */
@Tag("program")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardTest {
    private static final long MEGABYTE = 1_000_000;
    private static final String READY = "document.querySelector('main h1') && !document.querySelector('main .loading')";

    /** What the screens show of the traffic that there is, once they have asked for it. */
    private static final Map<String, String> FILLED = Map.of(
            "overview", ".tunnel-line",
            "flows", ".table-view .table-row",
            "rules", ".rules tbody tr",
            "editor", ".editor-bar .badge-ok",
            "tunnels", ".members",
            "dns", ".sums",
            "devices", ".device",
            "traffic", ".plot canvas",
            "logs", ".table-view .table-row",
            "setup", ".guide");

    @TempDir
    static Path folder;

    private final List<Socket> held = new ArrayList<>();
    private Split split;
    private Page page;
    private String address = "";
    private int names;

    @BeforeAll
    void start() throws Exception {
        split = Split.start(folder.resolve("split"), "trojan", """
                  spare: "ss://YWVzLTEyOC1nY206czNjcmV0@127.0.0.1:9"
                  a-tunnel-with-a-name-that-is-rather-long: {type: socks5, server: "127.0.0.1:9", via: vps}
                """, """
                api: {listen: "127.0.0.1:0"}
                """);
        Path config = split.home.folder().resolve("home.yaml");
        names = Programs.freePort();
        Files.writeString(split.home.folder().resolve("own.txt"), "# a list\nown.plain.test\n");
        Fenliu.write(
                config,
                Files.readString(config)
                        .replace(
                                "\nrules:\n",
                                "\nrule-sets: {own: {file: own.txt}}\nrules:\n  - {rule-set: own, to: direct}\n")
                        .replace(
                                "groups: {ai: {type: fallback, members: [vps]}}",
                                "groups: {ai: {type: fallback, members: [vps, spare]}, mine: {type: select, members: [vps, spare]}}")
                        .replace(
                                "listeners: [",
                                "listeners: [{type: dns, name: names, listen: \"127.0.0.1:" + names + "\"}, "));
        split.home.signal("HUP");
        split.home.awaitText("generation 2 is in force");
        for (int i = 0; i < 12; i++) {
            held.add(hold(i % 3 == 0 ? Split.TUNNELLED : Split.DIRECT));
        }
        page = Page.start(folder);
        page.size(1280, 900);
        address = "http://127.0.0.1:" + split.home.port("api") + "/";
        page.open(address);
        page.until("document.querySelector('.login input')");
        page.audit("log-in");
        enter("wrong");
        page.until("document.querySelector('.login .wrong')");
        enter(Files.readString(split.home.folder().resolve("state/fenliu/api.token")));
        page.until("document.querySelector('.tiles')");
    }

    private void enter(String token) throws Exception {
        page.evaluate("""
                (() => {
                  const input = document.querySelector('.login input[type=password]');
                  input.value = '%s';
                  input.dispatchEvent(new Event('input', {bubbles: true}));
                  return new Promise(requestAnimationFrame).then(() => document.querySelector('.login form').requestSubmit());
                })()""".formatted(token.strip()));
    }

    @AfterAll
    void stop() throws Exception {
        for (Socket socket : held) {
            socket.close();
        }
        if (page != null) {
            page.close();
        }
        split.close();
    }

    @BeforeEach
    void begin() throws Exception {
        page.dress("light", 1280, "en");
        show("overview");
        page.evaluate(
                "document.querySelectorAll('dialog[open], .toast').forEach(one => one.querySelector('button[aria-label=Close]').click())");
        page.complaints().clear();
    }

    @AfterEach
    void nothing_was_complained_of_and_no_other_site_was_asked() {
        assertThat(page.complaints()).isEmpty();
        String own = address.substring("http".length());
        assertThat(page.requests())
                .allMatch(url -> url.startsWith("http" + own) || url.startsWith("ws" + own) || url.startsWith("data:"));
    }

    /** A connection through the proxy that stays open, over which a page has come. */
    private Socket hold(String host) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), split.port());
        socket.setSoTimeout(20_000);
        String target = host + ":" + split.origin.port();
        say(socket, "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "200");
        say(socket, "GET / HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "body=0");
        return socket;
    }

    private static void say(Socket socket, String text, String until) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().contains(until) || !answer.toString().endsWith("\n")) {
            int next = socket.getInputStream().read();
            assertThat(next).as(answer.toString()).isNotEqualTo(-1);
            answer.append((char) next);
        }
    }

    private static boolean isOver(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() == -1;
        } catch (SocketException e) {
            return true;
        }
    }

    private void show(String screen) throws Exception {
        page.evaluate("location.hash = '#/" + screen + "'");
        page.until("document.querySelector('main').dataset.screen === '" + screen + "' && " + READY
                + (FILLED.containsKey(screen) ? " && document.querySelector('" + FILLED.get(screen) + "')" : ""));
    }

    private List<String> screens() throws Exception {
        return page
                .evaluate("[...document.querySelectorAll('.side nav a')].map(a => a.hash.slice(2))")
                .getAsJsonArray()
                .asList()
                .stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"light, 1280, en", "dark, 1280, zh", "light, 390, zh", "dark, 390, en"})
    void every_screen_is_whole_and_can_be_read(String theme, int width, String language) throws Exception {
        page.dress(theme, width, language);
        assertThat(page.evaluate("document.documentElement.dataset.theme").getAsString())
                .isEqualTo(theme);
        Set<String> wrong = new LinkedHashSet<>();
        for (String screen : screens()) {
            show(screen);
            wrong.addAll(page.audit(screen + "-" + theme + "-" + width + "-" + language));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void warnings_are_told_in_the_language_of_the_page() throws Exception {
        page.until(
                "[...document.querySelectorAll('.problems li')].some(one => one.innerText.includes('without a tunnel'))");
        page.evaluate("window.old = true; localStorage.setItem('fenliu.language', 'zh'); location.reload()");
        page.until(
                "!window.old && [...document.querySelectorAll('.problems li')].some(one => one.innerText.includes('没有经过隧道'))");
        page.evaluate("localStorage.setItem('fenliu.language', 'en')");
    }

    @Test
    void every_control_is_reached_by_the_keyboard_and_seen_to_be() throws Exception {
        String within = "document"; // the frame around the screens is the same for all
        for (String screen : screens()) {
            show(screen);
            if (screen.equals("logs")) {
                page.clickText(".toolbar button", "Pause"); // else a line that comes takes the place of the first row
                page.until("document.querySelector('.toolbar button').textContent.includes('Go on')");
            }
            page.bringAuditor();
            int controls = page.evaluate("reachable(" + within + ").length").getAsInt();
            Set<String> reached = new LinkedHashSet<>();
            for (int i = 0; i < controls + 8 && reached.size() < controls; i++) {
                page.press("Tab", 9);
                JsonObject at = page.evaluate("reached()").getAsJsonObject();
                if (!at.get("ring").getAsBoolean()) {
                    page.until("reached().ring"); // the editor shows it a little later
                }
                if (!at.get("number").isJsonNull()) {
                    reached.add(at.get("number").getAsString());
                }
            }
            within = "document.querySelector('main')";
            assertThat(reached)
                    .as(
                            screen + ": "
                                    + page.evaluate(
                                            "[...document.querySelectorAll('[data-reach]')].map(one => one.dataset.reach + ' ' + one.outerHTML.slice(0, 90)).join('\\n')"))
                    .hasSize(controls);
        }
    }

    @Test
    void the_link_that_the_command_prints_logs_in_and_leaves_no_code_behind() throws Exception {
        Path home = split.home.folder();
        Programs.Result told = Programs.run(
                Fenliu.command(
                        "dashboard",
                        "-c",
                        home.resolve("home.yaml").toString(),
                        "--api",
                        "127.0.0.1:" + split.home.port("api")),
                Map.of("XDG_STATE_HOME", home.resolve("state").toString()),
                null);
        assertThat(told.out()).as(told.err()).startsWith(address + "#code=");
        page.evaluate("[...document.querySelectorAll('.side-foot button')].at(-1).click()");
        page.until("document.querySelector('.login input') && sessionStorage.length === 0");
        page.open(told.out().strip());
        page.until("document.querySelector('.tiles')");
        assertThat(page.evaluate("location.href").getAsString()).isEqualTo(address + "#/overview");
    }

    @Test
    void a_flow_is_looked_at_and_ended() throws Exception {
        Socket mine = hold("own.plain.test");
        held.add(mine);
        show("flows");
        page.until(
                "[...document.querySelectorAll('.table-view .table-row')].some(row => row.textContent.includes('own.plain.test'))");
        page.evaluate(
                "[...document.querySelectorAll('.table-view .table-row')].find(row => row.textContent.includes('own.plain.test')).click()");
        page.until("document.querySelector('dialog[open] .chain')");
        assertThat(page.audit("flow")).isEmpty();
        assertThat(page.evaluate("document.querySelector('dialog').innerText").getAsString())
                .contains("home.yaml:", "direct");
        page.until("document.querySelector('dialog .chain').innerText.includes('own.txt:2')");
        page.evaluate("document.querySelector('dialog .danger').click()");
        page.until("!document.querySelector('dialog[open]')");
        assertThat(isOver(mine)).isTrue();
    }

    @Test
    void a_host_is_sent_another_way_in_two_presses_and_back_in_one() throws Exception {
        Path config = split.home.folder().resolve("home.yaml");
        String before = Files.readString(config);
        show("flows");
        page.until("document.querySelector('.table-view .row-actions button')");
        page.evaluate("document.querySelector('.table-view .row-actions button[popovertarget]').click()");
        page.until("document.querySelector('.menu:popover-open .menu-item')");
        page.evaluate(
                "[...document.querySelectorAll('.menu:popover-open .menu-item')].find(item => item.textContent.includes('spare')).click()");
        page.until("document.querySelector('.toast-ok button')");
        assertThat(Files.readString(config)).isNotEqualTo(before).contains("spare");
        page.evaluate("document.querySelector('.toast-ok button').click()");
        page.until("document.querySelectorAll('.toast').length === 1 && !document.querySelector('.toast .icon-undo')");
        assertThat(Files.readString(config)).isEqualTo(before);
    }

    /** Tries a port where nobody listens. */
    private void fail(String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), split.port())) {
            socket.setSoTimeout(20_000);
            say(socket, "CONNECT " + host + ":9 HTTP/1.1\r\nHost: " + host + ":9\r\n\r\n", "HTTP/1.1 502");
        }
    }

    @Test
    void a_host_that_does_not_work_is_told_with_what_can_be_done() throws Exception {
        Path config = split.home.folder().resolve("home.yaml");
        String before = Files.readString(config);
        fail("own.plain.test");
        fail("own.plain.test");
        String trouble = "document.querySelector('.trouble')";
        for (String language : List.of("zh", "en")) {
            page.dress(language.equals("zh") ? "dark" : "light", language.equals("zh") ? 390 : 1280, language);
            show("explain");
            show("overview");
            page.until(trouble + "?.innerText.includes('"
                    + (language.equals("zh") ? "连接被拒绝 · 2 次" : "connection refused · 2 times") + "')");
            page.evaluate(trouble + ".scrollIntoView({block: 'center'})");
            assertThat(page.audit("trouble-" + language)).isEmpty();
        }
        page.evaluate(trouble + ".querySelector('button[popovertarget]').click()");
        page.until("document.querySelector('.menu:popover-open .menu-item')");
        page.clickText(".menu:popover-open .menu-item", "through spare");
        page.until("document.querySelector('.toast-ok button')");
        assertThat(Files.readString(config)).contains("{domain-suffix: own.plain.test, to: spare}");
        page.evaluate("document.querySelector('.toast-ok button').click()");
        page.until("document.querySelectorAll('.toast').length === 1 && !document.querySelector('.toast .icon-undo')");
        assertThat(Files.readString(config)).isEqualTo(before);
        hold("own.plain.test").close(); // it works at another port
        show("explain");
        show("overview");
        page.until("!" + trouble);
    }

    @Test
    void a_group_is_switched_pinned_let_go_and_tested() throws Exception {
        show("tunnels");
        page.click("button[aria-label=\"Use spare\"]");
        page.click("button[aria-label=\"Use vps\"]"); // which is there once the other is in use
        page.until("document.querySelector('button[aria-label=\"Use spare\"]')");
        page.click("button[aria-label=\"Pin spare\"]");
        page.until("document.querySelector('.member.now .badge-info')?.textContent === 'Pinned'");
        assertThat(page.audit("pinned")).isEmpty();
        page.clickText(".card button", "Choose by itself again");
        page.until("document.querySelector('button[aria-label=\"Pin spare\"]')");
        page.clickText(".card button", "Test");
        page.until(
                "[...document.querySelectorAll('.member-why')].some(why => why.textContent.includes('127.0.0.1:9'))");
        assertThat(page.audit("tested")).isEmpty();
    }

    @Test
    void what_keeps_chatgpt_from_working_is_told_for_each_tunnel() throws Exception {
        show("tunnels");
        page.click(".screen-head button");
        page.until("document.querySelectorAll('dialog .finding').length === 4");
        assertThat(page.text("dialog .finding")).contains("0 of 3");
        assertThat(page.text("dialog .finding:last-child")).contains("Fails", "exit");
        assertThat(page.audit("doctor")).isEmpty();
    }

    @Test
    void the_log_is_searched_and_the_cache_of_names_emptied() throws Exception {
        show("logs");
        page.fill(".toolbar input[type=search]", "chat.openai.test");
        page.until(
                "[...document.querySelectorAll('.table-view .table-row')].every(row => row.textContent.includes('flow id='))");
        page.fill(".toolbar input[type=search]", "no line says this");
        page.until("document.querySelector('.empty')");
        page.fill(".toolbar input[type=search]", "");
        page.clickText(".choice label", "Error");
        page.until("document.querySelector('.empty')");
        show("dns");
        page.click(".screen-head button");
        page.until("document.querySelector('.toast-ok')");
    }

    @Test
    void queries_are_shown_as_they_are_made_and_the_log_of_them_is_asked_for_once() throws Exception {
        show("dns");
        page.until("document.querySelector('.dns-log, main .empty')");
        seen("own0.plain.test"); // from now on there is a stream of them
        long asked = asked();
        seen("own1.plain.test");
        seen("own2.plain.test");
        assertThat(page.text(".dns-log tbody tr")).contains("localhost");
        assertThat(asked()).isEqualTo(asked);
        page.fill("section.stack input[type=search]", "own1");
        page.until("document.querySelectorAll('.dns-log tbody tr').length === 1");
        query("own1x.plain.test.");
        query("other.plain.test.");
        page.until("document.querySelectorAll('.dns-log tbody tr').length === 2");
        assertThat(page.text(".dns-log")).contains("own1x").doesNotContain("other");
    }

    private long asked() {
        return page.requests().stream().filter(url -> url.contains("/dns/log")).count();
    }

    private void seen(String name) throws IOException {
        query(name + ".");
        page.until("document.querySelector('.dns-log tbody tr')?.innerText.includes('" + name + "')");
    }

    /** Asks the listener for names; what it answers is of no interest. */
    private void query(String name) throws IOException {
        byte[] question = Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN))
                .toWire();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(question, question.length, InetAddress.getLoopbackAddress(), names));
            socket.receive(new DatagramPacket(new byte[4096], 4096));
        }
    }

    /** What 3,000 flows do in an hour, as fast as the page takes it. */
    @Test
    void an_hour_of_three_thousand_flows_leaves_the_tab_small() throws Exception {
        show("flows");
        page.until("document.querySelector('.table-view .table-row')");
        page.evaluate(FLOWS + "open(3000)");
        for (int tick = 0; tick < 3600; tick += 200) {
            page.evaluate("seconds(" + tick + ", 200)");
        }
        page.until("document.querySelector('.table').ariaRowCount > 3000");
        assertThat(page.metric("JSHeapUsedSize")).isBetween(MEGABYTE, 100 * MEGABYTE);
    }

    @Test
    void of_twenty_thousand_rows_only_those_that_are_seen_are_there() throws Exception {
        show("flows");
        page.until("document.querySelector('.table-view .table-row')");
        page.evaluate(FLOWS + "open(20_000)");
        page.until("document.querySelector('.table').ariaRowCount > 20_000");
        JsonElement most = page.evaluate("""
                (async () => {
                  const view = document.querySelector('.table-view');
                  let most = 0;
                  for (let i = 0; i <= 40; i++) {
                    view.scrollTop = view.scrollHeight * i / 40;
                    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                    most = Math.max(most, document.querySelectorAll('*').length);
                  }
                  return most;
                })()""");
        assertThat(most.getAsInt()).isLessThan(1800);
        page.until(
                "[...document.querySelectorAll('.table-view .table-row')].some(row => row.ariaRowIndex === document.querySelector('.table').ariaRowCount)");
        assertThat(page.metric("JSHeapUsedSize")).isLessThan(100 * MEGABYTE);
    }

    /** Scripts that hand events to the page as if they had come from the program: {@code open(count)} and {@code seconds(from, count)}. */
    private static final String FLOWS = """
            var deliver, next = 1e9, ids = [];
            var flow = () => { const id = next++; ids.push(id); return {
              id, start: new Date().toISOString(), network: 'tcp', listener: 'in', source: `192.168.1.${id % 200}`, 'source-port': id % 60000,
              device: null, user: null, host: `host-${id % 997}.example.test`, port: 443, address: '192.0.2.1', sniffed: null, process: null,
              rule: {index: id % 40, file: '/etc/fenliu/config.yaml', line: 10 + id % 40, column: 5, text: `{domain-suffix: example.test, to: direct}`},
              list: null, path: ['direct'], up: 0, down: 0, state: 'open', end: null, 'end-code': null, 'who-ended': null,
              timing: {'queue-ms': 0, 'dns-ms': 3, 'connect-ms': 20, 'tls-ms': null, 'first-byte-ms': 40, 'total-ms': null}}; };
            var open = async count => {
              deliver = (await import('/assets/api.js')).deliver;
              deliver({topic: 'flows', opened: Array.from({length: count}, flow), changed: [], updated: [], closed: []});
            };
            var seconds = async (from, count) => {
              for (let tick = from; tick < from + count; tick++) {
                const closed = ids.splice(0, 20).map(id => ({id, up: tick, down: tick, end: 'ok', 'time-ms': 1000}));
                deliver({topic: 'flows', opened: Array.from({length: 20}, flow), updated: [], closed,
                  changed: ids.filter(id => id % 5 === tick % 5).map(id => [id, tick * 100, tick * 1000])});
                deliver({topic: 'totals', time: new Date(Date.now() + tick * 1000).toISOString(), up: tick, down: tick, 'up-rate': tick, 'down-rate': tick,
                  flows: 3000, outbounds: {direct: [tick, tick], vps: [1, 2]}, memory: 1});
                deliver({topic: 'log', time: new Date().toISOString(), level: 'info', message: 'line ' + tick});
                if (tick % 30 === 0) await new Promise(done => setTimeout(done)); // it is drawn anew
              }
            };
            """;
}

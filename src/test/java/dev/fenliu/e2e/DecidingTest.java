package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
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

/** The screens on which people see who decides and decide otherwise, in a real browser, with real traffic before and after. */
@Tag("program")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecidingTest {
    private static final String EDITOR = "document.querySelector('.code').shadowRoot.querySelector('.cm-content')";

    @TempDir
    static Path folder;

    private Split split;
    private Page page;
    private Path config = Path.of("");

    @BeforeAll
    void start() throws Exception {
        Path home = Files.createDirectories(folder.resolve("split"));
        StringBuilder list = new StringBuilder("domain-suffix:\n");
        for (int i = 0; i < 3000; i++) {
            list.append("  - host-").append(i).append(".list.test\n");
        }
        Files.writeString(home.resolve("long.yaml"), list);
        split = Split.start(home, "trojan", "  spare: {type: socks5, server: \"127.0.0.1:9\"}\n", """
                api: {listen: "127.0.0.1:0"}
                rule-sets: {long: {file: long.yaml}}
                """);
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
    }

    @BeforeEach
    void begin() throws Exception {
        // a page asks before it lets go of what was typed and not saved
        page.evaluate(
                "document.querySelectorAll('.editor-bar .icon-undo').forEach(icon => icon.closest('button').click())");
        dress("light", 1280, "en");
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

    private void dress(String theme, int width, String language) throws Exception {
        page.size(width, width < 700 ? 844 : 900);
        page.evaluate(
                "localStorage.setItem('fenliu.theme', '%s'); localStorage.setItem('fenliu.language', '%s'); window.old = true; location.reload()"
                        .formatted(theme, language));
        page.until("!window.old && document.documentElement.lang.startsWith('" + language
                + "') && document.querySelector('.side nav a')");
    }

    private void show(String hash, String ready) throws Exception {
        page.evaluate("location.hash = '#/" + hash + "'");
        page.until(ready);
    }

    @ParameterizedTest
    @CsvSource({"light, 1280, en", "dark, 1280, zh", "light, 390, zh", "dark, 390, en"})
    void each_screen_shows_real_things_that_can_be_read(String theme, int width, String language) throws Exception {
        dress(theme, width, language);
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
        page.clickText(".toast button", "Undo");
        page.until("document.querySelector('.verdict-direct')");
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        assertThat(Files.readString(config)).isEqualTo(before);
    }

    @Test
    void all_that_a_device_sends_takes_another_road_after_two_presses_and_its_own_again_after_undo() throws Exception {
        String before = Files.readString(config);
        show("devices", "document.querySelector('.device[aria-label=\"127.0.0.1\"] .share-names')");
        page.click(".device[aria-label=\"127.0.0.1\"] .actions button");
        // a tunnel that no rule test allows is refused, and the page says why
        page.click("dialog [data-send=spare]");
        page.until("document.querySelector('dialog .refusal')");
        assertThat(page.text("dialog .refusal")).contains("chat.openai.test");
        assertThat(page.audit("deciding-refusal")).isEmpty();
        page.click("dialog [data-send=ai]");
        page.until("document.querySelector('.toast') && !document.querySelector('dialog')");
        assertThat(road(Split.DIRECT)).isEqualTo("tunnel");
        page.clickText(".toast button", "Undo");
        page.until("[...document.querySelectorAll('.toast')].some(one => one.textContent.includes('Undone'))");
        assertThat(road(Split.DIRECT)).isEqualTo("direct");
        assertThat(Files.readString(config)).isEqualTo(before);
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
        edit();
        page.type("log: {le");
        page.until("document.querySelector('.code').shadowRoot.querySelector('.cm-tooltip-autocomplete')");
        assertThat(page.evaluate(
                                "document.querySelector('.code').shadowRoot.querySelector('.cm-tooltip-autocomplete').innerText")
                        .getAsString())
                .startsWith("level")
                .doesNotContain("listeners");
        page.clickText(".editor-bar button", "Discard");
        page.until("document.querySelector('.editor-bar .badge-ok')");
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
        page.fill("form.ask-name input", Split.DIRECT);
        page.until("!document.querySelector('form.ask-name button').disabled");
        page.click("form.ask-name button");
        page.until("document.querySelector('.answer .step-last')");
        assertThat(page.text(".answer")).contains("{to: direct}", "127.0.0.1");
    }

    @Test
    void a_share_link_that_is_pasted_becomes_a_tunnel_and_goes_again_after_undo() throws Exception {
        String before = Files.readString(config);
        show("setup", "document.querySelector('.paste input')");
        page.fill(".paste input", "ss://YWVzLTEyOC1nY206czNjcmV0@127.0.0.1:9");
        page.until("!document.querySelector('.paste button').disabled");
        page.click(".paste button");
        page.until("document.querySelector('.toast')");
        assertThat(Files.readString(config)).isNotEqualTo(before).contains("ss://YWVz");
        page.clickText(".toast button", "Undo");
        page.until("[...document.querySelectorAll('.toast')].some(one => one.textContent.includes('Undone'))");
        assertThat(Files.readString(config)).isEqualTo(before);
        assertThat(page.text(".addresses")).contains("/proxy.pac");
    }
}

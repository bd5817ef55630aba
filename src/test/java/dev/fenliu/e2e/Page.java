package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;

/** A page in Debian's Chromium without a window, steered by the DevTools protocol; it notes what the page complains of. */
final class Page implements AutoCloseable {
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final DevTools browser;

    private Page(Path folder, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--no-proxy-server", "--hide-scrollbars"));
        arguments.addAll(List.of(more));
        this.browser = DevTools.start(folder, this::take, arguments.toArray(String[]::new));
    }

    /**
     * Starts a browser with one empty page.
     *
     * @param folder where its profile and its log may be
     * @param more arguments of the browser
     */
    static Page start(Path folder, String... more) throws Exception {
        Page page = new Page(folder, more);
        for (String domain : List.of("Page", "Runtime", "Log", "Network", "Performance", "HeapProfiler")) {
            page.browser.ask(domain + ".enable", new JsonObject());
        }
        JsonObject focus = new JsonObject();
        focus.addProperty("enabled", true); // as if its window were the one in front
        page.browser.ask("Emulation.setFocusEmulationEnabled", focus);
        page.browser.ask("Page.addScriptToEvaluateOnNewDocument", object("source", """
                addEventListener('securitypolicyviolation', event => console.error(
                    `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""));
        return page;
    }

    /** Opens an address, without waiting for it. */
    void open(String url) throws Exception {
        browser.ask("Page.navigate", object("url", url));
    }

    /** What a script comes to, which may be a promise of it; a script that throws fails the test. */
    JsonElement evaluate(String script) throws Exception {
        return browser.evaluate(script);
    }

    /** Waits until a script comes to something that is true. */
    void until(String script) {
        Awaitility.await(script)
                .atMost(DevTools.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(30))
                .untilAsserted(() -> assertThat(evaluate("Boolean(" + script + ")"))
                        .as(script)
                        .hasToString("true"));
    }

    /** Makes the page so many pixels large; less than 700 broad it is that of a telephone. */
    void size(int width, int height) throws Exception {
        JsonObject size = object("width", width);
        size.addProperty("height", height);
        size.addProperty("deviceScaleFactor", 1);
        size.addProperty("mobile", width < 700);
        browser.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /** Makes the dashboard look so, from a fresh start if it did not yet. */
    void dress(String theme, int width, String language) throws Exception {
        size(width, width < 700 ? 844 : 900);
        String wanted = "document.documentElement.lang.startsWith('%s') && document.querySelector('.side nav a')"
                .formatted(language);
        if (!evaluate(wanted + " && document.documentElement.dataset.theme === '" + theme + "'")
                .toString()
                .equals("true")) {
            evaluate(
                    "localStorage.setItem('fenliu.theme', '%s'); localStorage.setItem('fenliu.language', '%s'); window.old = true; location.reload()"
                            .formatted(theme, language));
            until("!window.old && " + wanted);
        }
    }

    /** Presses and lets go of a key that has no letter, such as {@code Tab}. */
    void press(String key, int code) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            JsonObject event = object("type", type);
            event.addProperty("key", key);
            event.addProperty("code", key);
            event.addProperty("windowsVirtualKeyCode", code);
            if (key.equals("Enter")) {
                event.addProperty("text", "\r");
            }
            browser.ask("Input.dispatchKeyEvent", event);
        }
    }

    /** Types a text where the cursor is, all at once. */
    void type(String text) throws Exception {
        browser.ask("Input.insertText", object("text", text));
    }

    /** Presses the first thing that a selector finds, once it is there. */
    void click(String selector) throws Exception {
        until("document.querySelector('" + selector + "')");
        evaluate("document.querySelector('" + selector + "').click()");
    }

    /** Presses the first button, or the first choice, that begins with this text among what a selector finds. */
    void clickText(String selector, String text) throws Exception {
        String found = "[...document.querySelectorAll('" + selector
                + "')].find(one => one.textContent.trim().startsWith('" + text + "') && !one.disabled)";
        until(found);
        evaluate(found + ".click()");
    }

    /** Puts a text in the place of what is in a field. */
    void fill(String selector, String text) throws Exception {
        until("document.querySelector('" + selector + "')");
        evaluate(
                "(() => { const field = document.querySelector('%s'); field.value = '%s'; field.dispatchEvent(new Event('input', {bubbles: true})); })()"
                        .formatted(selector, text));
    }

    /** What is read in the first thing that a selector finds. */
    String text(String selector) throws Exception {
        return evaluate("document.querySelector('" + selector + "').innerText").getAsString();
    }

    /** Puts the functions of {@code dashboard-audit.js} into the page. */
    void bringAuditor() throws Exception {
        try (InputStream in = Page.class.getResourceAsStream("/dashboard-audit.js")) {
            evaluate(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8) + "; 0");
        }
    }

    /** Writes what is seen to a PNG. @return what is wrong with it */
    Set<String> audit(String name) throws Exception {
        bringAuditor();
        Path file = Path.of("target/screenshots", name + ".png");
        Files.createDirectories(file.getParent());
        JsonObject format = object("format", "png");
        format.addProperty("optimizeForSpeed", true);
        Files.write(file, capture(format));
        Set<String> wrong = new LinkedHashSet<>();
        for (JsonElement one : evaluate("audit()").getAsJsonArray()) {
            wrong.add(name + ": " + one.getAsString());
        }
        return wrong;
    }

    private byte[] capture(JsonObject parameters) throws Exception {
        String data =
                browser.ask("Page.captureScreenshot", parameters).get("data").getAsString();
        return Base64.getDecoder().decode(data);
    }

    /** What is seen of the first thing that a selector finds, wherever on the page it is. */
    BufferedImage picture(String selector) throws Exception {
        JsonObject clip = evaluate(
                        "(box => ({x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height,"
                                + " scale: 1}))(document.querySelector('" + selector + "').getBoundingClientRect())")
                .getAsJsonObject();
        JsonObject parameters = object("format", "png");
        parameters.addProperty("captureBeyondViewport", true);
        parameters.add("clip", clip);
        return ImageIO.read(new ByteArrayInputStream(capture(parameters)));
    }

    /** A figure of the browser, such as {@code JSHeapUsedSize} in bytes, after it has collected its garbage. */
    long metric(String name) throws Exception {
        browser.ask("HeapProfiler.collectGarbage", new JsonObject());
        JsonArray metrics =
                browser.ask("Performance.getMetrics", new JsonObject()).getAsJsonArray("metrics");
        return metrics.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(metric -> metric.get("name").getAsString().equals(name))
                .map(metric -> metric.get("value").getAsLong())
                .findFirst()
                .orElseThrow();
    }

    /** Errors on the console, exceptions, breaches of the policy, files that were not there: what was complained of so far. */
    Queue<String> complaints() {
        return complaints;
    }

    /** All addresses that were asked for, by whatever part of the page. */
    Queue<String> requests() {
        return requests;
    }

    private static JsonObject object(String key, Object value) {
        JsonObject object = new JsonObject();
        if (value instanceof Number number) {
            object.addProperty(key, number);
        } else {
            object.addProperty(key, value.toString());
        }
        return object;
    }

    private void take(JsonObject message) {
        JsonObject event = message.getAsJsonObject("params");
        switch (message.get("method").getAsString()) {
            case "Network.requestWillBeSent" ->
                requests.add(event.getAsJsonObject("request").get("url").getAsString());
            case "Network.webSocketCreated" -> requests.add(event.get("url").getAsString());
            case "Runtime.exceptionThrown" -> complaints.add("thrown: " + event.getAsJsonObject("exceptionDetails"));
            case "Runtime.consoleAPICalled" -> {
                if (List.of("error", "warning", "assert")
                        .contains(event.get("type").getAsString())) {
                    complaints.add("console: " + event.get("args"));
                }
            }
            case "Log.entryAdded" -> logged(event.getAsJsonObject("entry"));
            default -> {}
        }
    }

    /** An answer of the API that is no success is the page's to show, and no fault of the page. */
    private void logged(JsonObject entry) {
        boolean told = entry.get("source").getAsString().equals("network")
                && entry.has("url")
                && entry.get("url").getAsString().contains("/api/v1/");
        if (entry.get("level").getAsString().equals("error") && !told) {
            complaints.add("log: " + entry.get("text").getAsString() + " " + entry.get("url"));
        }
    }

    @Override
    public void close() throws Exception {
        browser.close();
    }
}

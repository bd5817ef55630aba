package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** A page in Debian's Chromium without a window, steered by the DevTools protocol; it notes what the page complains of. */
final class Page implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<Integer, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AutoCloseable program;
    private final WebSocket socket;

    private Page(AutoCloseable program, String address) throws Exception {
        this.program = program;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Reader())
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log", "Network", "Performance", "HeapProfiler")) {
            ask(domain + ".enable", new JsonObject());
        }
        JsonObject focus = new JsonObject();
        focus.addProperty("enabled", true); // as if its window were the one in front
        ask("Emulation.setFocusEmulationEnabled", focus);
        ask("Page.addScriptToEvaluateOnNewDocument", object("source", """
                addEventListener('securitypolicyviolation', event => console.error(
                    `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""));
    }

    /**
     * Starts a browser with one empty page.
     *
     * @param folder where its profile and its log may be
     */
    static Page start(Path folder) throws Exception {
        Path profile = folder.resolve("chromium");
        AutoCloseable program = Programs.serve(
                folder.resolve("chromium.log"),
                Programs.require("chromium"),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-proxy-server",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank");
        Path port = profile.resolve("DevToolsActivePort");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(port) && Files.size(port) > 0);
        return new Page(program, pageOf(Files.readAllLines(port).get(0)));
    }

    private static String pageOf(String port) throws Exception {
        HttpRequest list = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                .build();
        String pages = HttpClient.newHttpClient()
                .send(list, HttpResponse.BodyHandlers.ofString())
                .body();
        return JsonParser.parseString(pages).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(target -> target.get("type").getAsString().equals("page"))
                .map(target -> target.get("webSocketDebuggerUrl").getAsString())
                .findFirst()
                .orElseThrow();
    }

    /** Opens an address, without waiting for it. */
    void open(String url) throws Exception {
        ask("Page.navigate", object("url", url));
    }

    /** What a script comes to, which may be a promise of it; a script that throws fails the test. */
    JsonElement evaluate(String script) throws Exception {
        JsonObject parameters = object("expression", script);
        parameters.addProperty("awaitPromise", true);
        parameters.addProperty("returnByValue", true);
        JsonObject result = ask("Runtime.evaluate", parameters);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(script + "\n" + result.get("exceptionDetails"));
        }
        JsonElement value = result.getAsJsonObject("result").get("value");
        return value == null ? JsonNull.INSTANCE : value;
    }

    /** Waits until a script comes to something that is true. */
    void until(String script) {
        Awaitility.await(script)
                .atMost(PATIENCE)
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
        ask("Emulation.setDeviceMetricsOverride", size);
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
            ask("Input.dispatchKeyEvent", event);
        }
    }

    /** Types a text where the cursor is, all at once. */
    void type(String text) throws Exception {
        ask("Input.insertText", object("text", text));
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
        String data = ask("Page.captureScreenshot", format).get("data").getAsString();
        Files.write(file, Base64.getDecoder().decode(data));
        Set<String> wrong = new LinkedHashSet<>();
        for (JsonElement one : evaluate("audit()").getAsJsonArray()) {
            wrong.add(name + ": " + one.getAsString());
        }
        return wrong;
    }

    /** A figure of the browser, such as {@code JSHeapUsedSize} in bytes, after it has collected its garbage. */
    long metric(String name) throws Exception {
        ask("HeapProfiler.collectGarbage", new JsonObject());
        JsonArray metrics = ask("Performance.getMetrics", new JsonObject()).getAsJsonArray("metrics");
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

    private JsonObject ask(String method, JsonObject parameters) throws Exception {
        JsonObject message = object("method", method);
        message.add("params", parameters);
        int id = ids.incrementAndGet();
        message.addProperty("id", id);
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        asked.put(id, answer);
        socket.sendText(message.toString(), true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        JsonObject told = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(told.has("error")).as(method + ": " + told.get("error")).isFalse();
        return told.getAsJsonObject("result");
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
        if (message.has("id")) {
            asked.remove(message.get("id").getAsInt()).complete(message);
            return;
        }
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
        socket.abort();
        program.close();
    }

    private final class Reader implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                take(message);
            }
            from.request(1);
            return null;
        }
    }
}
